using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Content;

/// <summary>The id of a story, derived from its canonical URL.</summary>
public static class StoryId
{
    /// <summary>The id of a canonical URL (<see cref="CanonicalUrl"/>): 32 lower-case hex digits, the first half of its SHA-256.</summary>
    public static string From(string canonical) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))[..32];

    /// <summary>True if the text has the format of an id.</summary>
    public static bool Is(string? text) => text is { Length: 32 } && text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
