namespace DailyDigest.Settings;

/// <summary>One result of an examination.</summary>
/// <param name="Area">settings, storage, feeds, smtp and so on.</param>
/// <param name="Check">The check's name within its area.</param>
/// <param name="Result">The result.</param>
/// <param name="Text">The reason, one line for an operator, without secrets.</param>
public sealed record ExaminedPart(string Area, string Check, ExaminedResult Result, string Text);

/// <summary>The results of a check.</summary>
public enum ExaminedResult
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It does not work.</summary>
    Failed,

    /// <summary>It works, but may not be what the operator wants.</summary>
    Warning,

    /// <summary>It was not checked.</summary>
    NotChecked,
}

/// <summary>
/// Examines settings, storage, feeds, templates and mail, as the command doctor does. A head that can do so registers it.
/// </summary>
/// <param name="found">Takes each result as soon as it is known.</param>
/// <param name="cancellationToken">Ends the examination; the results until then count.</param>
public delegate Task ExamineProgram(Action<ExaminedPart> found, CancellationToken cancellationToken);
