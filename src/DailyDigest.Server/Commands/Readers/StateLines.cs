using DailyDigest.Subscribers;

namespace DailyDigest.Server.Commands;

/// <summary>The states for which rows of a list were left out, a line each.</summary>
internal static class StateLines
{
    private const int MaxLines = 20;

    /// <summary>A line for each state; the rarest ones together in one line.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<LeftOutState> states)
    {
        foreach (var state in states.Take(MaxLines))
        {
            yield return $"  {Format.Count(state.Rows, "row")}: {Words(state)}";
        }

        if (states.Count > MaxLines)
        {
            yield return $"  {Format.Count(states.Skip(MaxLines).Sum(state => (long)state.Rows), "row")}: other states";
        }
    }

    private static string Words(LeftOutState state) =>
        state.Column is null ? "another row of the same reader says that they left"
        : (state.Value is null ? $"{state.Column} is filled" : state.Value.Length == 0 ? $"{state.Column} is empty"
            : $"{state.Column} is '{state.Value}'")
            + (state.IsKnown ? "" : ", which is not known. If these readers are subscribed, put a known state in its "
                + "place and import that file");
}
