using System.Buffers.Text;
using System.Text;

namespace DailyDigest.Web;

/// <summary>Versions of rows as entity tags (RFC 9110, 8.8.3). A client compares them and reads nothing from them.</summary>
internal static class ApiTag
{
    private const int MaxLength = 400;

    /// <summary>The tag of a version.</summary>
    public static string Of(string version) => $"\"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(version))}\"";

    /// <summary>The version of a tag; null if it is none of ours.</summary>
    public static string? Read(string tag)
    {
        if (tag.Length is < 3 or > MaxLength || tag[0] != '"' || tag[^1] != '"' || !Base64Url.IsValid(tag.AsSpan(1..^1)))
        {
            return null;
        }

        return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(tag.AsSpan(1..^1)));
    }
}
