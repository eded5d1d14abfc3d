using System.Security.Cryptography;
using System.Text;

namespace DailyDigest.Digests;

/// <summary>The sections that a reader chose, as part of a key. Order and case do not matter.</summary>
public static class SectionSet
{
    /// <summary>
    /// The key of the digest that a cohort's readers with these sections get: the cohort's own key for all sections (an empty list).
    /// </summary>
    public static string DigestKey(string cohort, IReadOnlyList<string> sections) =>
        sections.Count == 0 ? cohort : $"{cohort}~{Hash(sections)}";

    /// <summary>24 lower-case hex digits of SHA-256 over the sections.</summary>
    internal static string Hash(IReadOnlyList<string> sections)
    {
        var sorted = string.Join(
            '\n', sections.Select(section => section.ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sorted)))[..24];
    }
}
