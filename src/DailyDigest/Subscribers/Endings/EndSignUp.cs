using DailyDigest.Mailing;

namespace DailyDigest.Subscribers;

/// <summary>
/// Ends what waits for an answer to a service mail, because the mail came back: an unconfirmed sign-up, or a request to move to another
/// address. It ends no subscription, and nothing that was asked for again after that mail.
/// </summary>
public sealed class EndSignUp(
    SubscriberStore subscribers, AddressStore addresses, AddressHash hash, ChangeSubscriber change, TimeProvider time)
{
    /// <summary>Ends it. Repeatable; a repetition completes an interrupted call.</summary>
    /// <param name="notice">The service mail.</param>
    /// <param name="reason">Bounced or Complained.</param>
    /// <param name="cancellationToken">Cancels the call; repeat it to complete it.</param>
    internal Task ExecuteAsync(KeptNotice notice, Suppression reason, CancellationToken cancellationToken) => notice.Kind switch
    {
        "" => EndSignUpAsync(notice, reason, cancellationToken),
        NoticeStore.NewAddressKind => EndRequestAsync(notice, reason, cancellationToken),
        _ => Task.CompletedTask,
    };

    private async Task EndSignUpAsync(KeptNotice notice, Suppression reason, CancellationToken cancellationToken)
    {
        var id = notice.Name.SubscriberId;
        if ((await subscribers.GetAsync(id, cancellationToken))?.Subscriber is not { } person || !Waits(person, notice))
        {
            return;
        }

        // Write the address first: while the sign-up waits, a repetition comes here again.
        if (EmailAddress.TryParse(person.Address, out var address))
        {
            await addresses.ChangeAsync(
                hash.Of(address),
                known => known.SubscriberId != id || known.Reason >= reason ? known : known with { Reason = reason },
                cancellationToken);
        }

        // The instant of the request stays: a sign-up that comes again at once sends no further mail to an address that refuses it.
        await change.ExecuteAsync(
            id,
            before => before is null || !Waits(before, notice) ? null
                : before.Status != SubscriberStatus.Pending ? before with { SignUp = null }
                : before with
                {
                    Status = reason == Suppression.Complained ? SubscriberStatus.Complained : SubscriberStatus.Bounced,
                    Ended = time.GetUtcNow(),
                    SignUp = null,
                    IsReported = true,
                },
            cancellationToken);
    }

    private async Task EndRequestAsync(KeptNotice notice, Suppression reason, CancellationToken cancellationToken)
    {
        while (await subscribers.GetAsync(notice.Name.SubscriberId, cancellationToken)
            is { Subscriber: { NewAddress: { Confirmation: null } wanted } person } stored
            && !IsLater(wanted.Asked, notice)
            && EmailAddress.TryParse(wanted.Address, out var address) && hash.Tag(address) == notice.AddressTag)
        {
            if (reason == Suppression.Complained)
            {
                await addresses.ChangeAsync(
                    hash.Of(address),
                    known => known.SubscriberId is not null || known.Reason >= reason ? known : known with { Reason = reason },
                    cancellationToken);
            }

            // The audience does not use this field: no new version, no projection.
            if (await subscribers.UpdateAsync(stored, person with { NewAddress = null }, cancellationToken))
            {
                return;
            }
        }
    }

    private static bool Waits(Subscriber person, KeptNotice notice) =>
        person is { SignUp: not null, Status: not (SubscriberStatus.Active or SubscriberStatus.Erased) }
        && !(person.Asked is { } asked && IsLater(asked, notice));

    // The name of a notice has whole seconds.
    private static bool IsLater(DateTimeOffset asked, KeptNotice notice) =>
        asked.ToUnixTimeSeconds() > notice.Name.Asked.ToUnixTimeSeconds();
}
