namespace DailyDigest.Edits;

/// <summary>The outcome of <see cref="EditDigest"/>.</summary>
public abstract record EditOutcome
{
    private EditOutcome() { }

    /// <summary>The edits are stored.</summary>
    /// <param name="Before">The edits that they replace.</param>
    /// <param name="After">The edits with their new version.</param>
    public sealed record Stored(DayEdits Before, DayEdits After) : EditOutcome;

    /// <summary>Somebody else changed the edits since this person read them. Nothing was stored.</summary>
    /// <param name="Now">The edits as they are.</param>
    public sealed record ChangedMeanwhile(DayEdits Now) : EditOutcome;

    /// <summary>Nothing was stored. One line per fault, which begins with the field's name.</summary>
    public sealed record Refused(IReadOnlyList<string> Faults) : EditOutcome;
}

/// <summary>Changes what editors decided about the digests of a date.</summary>
public sealed class EditDigest(EditStore edits)
{
    /// <summary>
    /// Changes the edits of the date if they still have the version that the editor saw. Every change but a consent removes the consent:
    /// nobody has seen the digest as it is now.
    /// </summary>
    /// <param name="date">The local date of the digests. Digests that are frozen do not change any more.</param>
    /// <param name="version"><see cref="DayEdits.ETag"/> as the editor saw it; null if nothing was stored.</param>
    /// <param name="change">Returns the new edits.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<EditOutcome> ExecuteAsync(
        DateOnly date, string? version, Func<DayEdits, DayEdits> change, CancellationToken cancellationToken)
    {
        var before = await edits.GetAsync(date, cancellationToken);
        if (before.ETag != version)
        {
            return new EditOutcome.ChangedMeanwhile(before);
        }

        var after = change(before);
        if (after.Approval is not null && ReferenceEquals(after.Approval, before.Approval))
        {
            after = after with { Approval = null };
        }

        if (after.Faults().ToList() is { Count: > 0 } faults)
        {
            return new EditOutcome.Refused(faults);
        }

        return await edits.ChangeAsync(after, cancellationToken) is { } stored
            ? new EditOutcome.Stored(before, stored)
            : new EditOutcome.ChangedMeanwhile(await edits.GetAsync(date, cancellationToken));
    }
}
