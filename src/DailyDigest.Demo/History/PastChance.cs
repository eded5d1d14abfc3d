using System.Text;

namespace DailyDigest.Demo;

/// <summary>Chance that is the same at each start: it follows from the words.</summary>
internal static class PastChance
{
    /// <summary>A number from 0 to below <paramref name="sides"/>, the same for the same words (FNV-1a, then mixed).</summary>
    public static int Of(string words, int sides)
    {
        var hash = 2166136261u;
        foreach (var one in Encoding.UTF8.GetBytes(words))
        {
            hash = (hash ^ one) * 16777619u;
        }

        hash = (hash ^ (hash >> 16)) * 0x7feb352du;
        hash = (hash ^ (hash >> 15)) * 0x846ca68bu;
        return (int)((hash ^ (hash >> 16)) % (uint)sides);
    }
}
