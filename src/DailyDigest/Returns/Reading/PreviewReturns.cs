using System.Runtime.CompilerServices;

namespace DailyDigest.Returns;

/// <summary>A message that waits in the mailbox, as it would be settled.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Reason">Why it bounced; null for other kinds.</param>
/// <param name="IsPermanent">True if the reason ends a subscription.</param>
/// <param name="Proof">The proof of whom it is about; null if nothing does, or if its kind needs none.</param>
public sealed record PreviewedReturn(ReturnKind Kind, string? Reason, bool IsPermanent, ReturnProof? Proof);

/// <summary>Reads the messages that wait in the mailbox, and says how each would be settled. It changes nothing.</summary>
public sealed class PreviewReturns(ProveReturn prove, IReturnMailbox? mailbox = null)
{
    /// <summary>Messages that are read at most.</summary>
    public const int MaxMessages = 500;

    /// <summary>The oldest messages, at most <see cref="MaxMessages"/>; none without a mailbox.</summary>
    /// <exception cref="MailboxException">The mailbox cannot be read.</exception>
    public async IAsyncEnumerable<PreviewedReturn> ExecuteAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (mailbox is null)
        {
            yield break;
        }

        await using var session = await mailbox.OpenAsync(cancellationToken);
        var list = await session.ListAsync(cancellationToken);
        foreach (var key in list.Keys.Take(MaxMessages))
        {
            if (await session.ReadAsync(key, cancellationToken) is { } received)
            {
                var proven = await prove.ExecuteAsync(ReturnEvents.Of(received.Mail, received.Id, received.Size), cancellationToken);
                var verdict = received.Mail.Verdict;
                yield return new PreviewedReturn(received.Mail.Kind, verdict?.Reason, verdict?.IsPermanent == true, proven?.Proof);
            }
        }
    }
}
