using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

/// <summary>
/// Positions in lists, as clients get them. A cursor carries a keyed hash of its list and filters, so that a forged one, or one of another
/// list, is refused and not read.
/// </summary>
internal sealed class ApiCursors(IdentityOptions identity)
{
    private const int MacLength = 9;
    private const int MaxLength = 600;

    private readonly byte[] secret = identity.Derive("cursors of the API");

    /// <summary>The cursor of a position.</summary>
    /// <param name="list">The list with its filters.</param>
    /// <param name="position">The position.</param>
    public string Of(string list, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        return Base64Url.EncodeToString([.. Mac(list, text), .. text]);
    }

    /// <summary>The position of a cursor; null if it is none of this list.</summary>
    public string? Read(string list, string cursor)
    {
        if (cursor.Length > MaxLength || !Base64Url.IsValid(cursor)
            || Base64Url.DecodeFromChars(cursor) is not { Length: > MacLength } bytes)
        {
            return null;
        }

        var position = bytes[MacLength..];
        return CryptographicOperations.FixedTimeEquals(Mac(list, position), bytes.AsSpan(0, MacLength))
            ? Encoding.UTF8.GetString(position) : null;
    }

    private byte[] Mac(string list, byte[] position)
    {
        byte[] all = [.. Encoding.UTF8.GetBytes(list + "\n"), .. position];
        return HMACSHA256.HashData(secret, all)[..MacLength];
    }
}
