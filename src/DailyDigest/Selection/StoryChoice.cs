using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Selection;

/// <summary>
/// The stories that readers chose. Readers of a cohort with the same choice get the same digest. Order and case do not matter.
/// </summary>
/// <param name="Sections">Sections; empty for all.</param>
/// <param name="Languages">Languages of <see cref="StoryLanguages.Offered"/>; empty for all.</param>
public sealed record StoryChoice(IReadOnlyList<string> Sections, IReadOnlyList<string> Languages)
{
    /// <summary>All stories.</summary>
    public static readonly StoryChoice All = new([], []);

    /// <summary>True for all stories.</summary>
    public bool IsAll => Sections.Count == 0 && Languages.Count == 0;

    /// <summary>
    /// The choice of most readers before they chose this one: the same without sections, then all stories. Null for all stories.
    /// </summary>
    public StoryChoice? Wider => IsAll ? null : Sections.Count > 0 && Languages.Count > 0 ? this with { Sections = [] } : All;

    /// <summary>24 lower-case hex digits of SHA-256 over the choice.</summary>
    internal string Hash
    {
        get
        {
            // Without languages this is the hash of earlier releases. A section is never empty, so the empty line cannot be one.
            IEnumerable<string> lines = Languages.Count == 0 ? Ordered(Sections) : [.. Ordered(Sections), "", .. Ordered(Languages)];
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))[..24];
        }
    }

    /// <summary>The key of the digest that a cohort's readers with this choice get: the cohort's own key for all stories.</summary>
    public string DigestKey(string cohort) => IsAll ? cohort : $"{cohort}~{Hash}";

    /// <summary>True for the same sections and languages.</summary>
    public bool IsSameAs(StoryChoice other) => DigestKey("") == other.DigestKey("");

    private static IEnumerable<string> Ordered(IReadOnlyList<string> names) =>
        names.Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
