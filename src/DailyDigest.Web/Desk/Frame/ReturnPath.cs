namespace DailyDigest.Web;

/// <summary>The page to show after the sign-in. Only a path of the desk counts, because anybody can make a link with another.</summary>
internal static class ReturnPath
{
    private const int MaxLength = 1_000;

    /// <summary>The path of the page to sign in.</summary>
    /// <param name="wanted">The page to show afterwards; null for the first.</param>
    /// <param name="ended">True if a form was sent without a session; the page then says that nothing was changed.</param>
    public static string SignIn(string? wanted, bool ended = false) =>
        "/desk/sign-in" + (ended ? "?ended=1" : Of(wanted) is { } path && path != "/desk"
            ? "?returnUrl=" + Uri.EscapeDataString(path) : "");

    /// <summary>The path if it is one of the desk; otherwise null.</summary>
    public static string? Of(string? wanted)
    {
        if (wanted is null || wanted.Length > MaxLength || !wanted.StartsWith("/desk", StringComparison.Ordinal)
            || (wanted.Length > 5 && wanted[5] is not ('/' or '?')))
        {
            return null;
        }

        // Browsers read a backslash as a slash, and drop control characters.
        return wanted.Any(c => c is '\\' or '#' || char.IsControl(c)) || wanted.StartsWith("/desk/sign-", StringComparison.Ordinal)
            ? null : wanted;
    }
}
