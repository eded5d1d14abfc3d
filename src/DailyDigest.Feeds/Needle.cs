namespace DailyDigest.Feeds;

/// <summary>Finds a text again and again, from places that only grow, and searches each character once.</summary>
internal sealed class Needle(string source, string what)
{
    private int found = -2;

    public int Find(int from)
    {
        if (found == -2 || (found >= 0 && found < from))
        {
            found = from < source.Length ? source.IndexOf(what, from, StringComparison.OrdinalIgnoreCase) : -1;
        }

        return found;
    }
}
