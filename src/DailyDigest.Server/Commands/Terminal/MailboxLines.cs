using DailyDigest.Returns;

namespace DailyDigest.Server.Commands;

/// <summary>The lines of <c>status</c> about the mailbox to which messages come back. They come before the alerts are raised.</summary>
internal static class MailboxLines
{
    // A reading takes up to five minutes, and on Azure the timer comes every ten.
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(20);

    /// <summary>A line for each thing that an operator should know; none if all is well.</summary>
    public static IEnumerable<string> Of(MailboxState state, string mailbox, DateTimeOffset now)
    {
        if (state.Failures > 0)
        {
            yield return $"mailbox {mailbox} cannot be read since {Format.Time(state.Since, "?")}: {state.Reply?.TrimEnd('.')}; "
                + $"next try at {Format.Time(state.Next, "?")} (doctor checks it)";
        }
        else if (state.Next is null)
        {
            yield return $"mailbox {mailbox} was never read: serve reads it, and so does returns read";
        }

        if (state.Next + MaxDelay < now)
        {
            yield return $"mailbox {mailbox} was to be read at {Format.Time(state.Next, "?")}: no program that reads it runs";
        }

        if (state.SetAside > 0)
        {
            yield return $"{Waiting(state.SetAside)} ({mailbox})";
        }
    }

    /// <summary>The messages that were left for a person.</summary>
    public static string Waiting(int count) =>
        $"{Format.Count(count)} {(count == 1 ? "message" : "messages")} of no known kind {(count == 1 ? "waits" : "wait")} for a person";
}
