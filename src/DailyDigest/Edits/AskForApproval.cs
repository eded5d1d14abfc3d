using System.Globalization;

namespace DailyDigest.Edits;

/// <summary>Whether a digest that is due may be sent.</summary>
public abstract record ApprovalAnswer
{
    private ApprovalAnswer() { }

    /// <summary>It may be frozen.</summary>
    /// <param name="Record">A sentence for the digest's record; null if no approval is required.</param>
    public sealed record Go(string? Record) : ApprovalAnswer;

    /// <summary>It waits for an editor.</summary>
    /// <param name="Until">The end of the window.</param>
    public sealed record Wait(DateTimeOffset Until) : ApprovalAnswer;

    /// <summary>It is skipped.</summary>
    /// <param name="Why">A sentence for the run's record.</param>
    public sealed record Skip(string Why) : ApprovalAnswer;
}

/// <summary>Decides whether the digest of a date may be frozen, if the publication wants approval.</summary>
public sealed class AskForApproval(EditStore edits, ApprovalOptions options)
{
    /// <summary>The time for which a digest waits after its hour; zero if no approval is required.</summary>
    public TimeSpan MaxWait => options.Wait;

    /// <summary>Returns what holds at the instant for a cohort whose hour on the date was <paramref name="due"/>.</summary>
    public async Task<ApprovalAnswer> ExecuteAsync(
        DateOnly date, DateTimeOffset due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!options.Required)
        {
            return new ApprovalAnswer.Go(null);
        }

        if ((await edits.GetAsync(date, cancellationToken)).Approval is { } approval)
        {
            return new ApprovalAnswer.Go(string.Create(
                CultureInfo.InvariantCulture, $"approved by {approval.By} at {approval.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
        }

        var until = due + options.Wait;
        var minutes = string.Create(CultureInfo.InvariantCulture, $"{options.WindowMinutes} minutes");
        return now < until ? new ApprovalAnswer.Wait(until)
            : options.Otherwise == Unapproved.Send
                ? new ApprovalAnswer.Go($"not approved within {minutes} of its hour; sent as the settings say")
                : new ApprovalAnswer.Skip($"no editor approved it within {minutes} of its hour");
    }
}
