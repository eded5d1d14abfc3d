using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>Names readers' choices that no setting offers, for import and doctor.</summary>
internal static class UnmatchedLines
{
    private const int MaxLines = 20;

    /// <summary>A line for each value; the rarest ones together in one line.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<UnmatchedChoice> choices)
    {
        foreach (var choice in choices.Take(MaxLines))
        {
            yield return Line(choice);
        }

        if (choices.Count > MaxLines)
        {
            yield return $"{Format.Count(choices.Count - MaxLines)} more values are not offered, of "
                + $"{Format.Count(choices.Skip(MaxLines).Sum(choice => (long)choice.Readers), "reader")}";
        }
    }

    private static string Line(UnmatchedChoice choice)
    {
        var readers = Format.Count(choice.Readers, "reader");
        return choice.Kind switch
        {
            "section" => $"{readers} chose section '{choice.Value}', which is not offered: add it to Publication__Sections, "
                + "or change it with sections rename",
            "language" => $"{readers} chose language '{choice.Value}', which is not offered, and "
                + $"{(choice.Readers == 1 ? "gets" : "get")} {choice.Instead}: Publication__Languages lists what is offered",
            "tag" => $"{readers} {(choice.Readers == 1 ? "has" : "have")} tag '{choice.Value}', which is no section: it is not kept",
            _ => $"{readers} chose zone '{choice.Value}', an old name of {choice.Instead}; the digest comes at the right hour",
        };
    }
}
