using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;

namespace DailyDigest.Mailing;

/// <summary>
/// The Message-IDs of our mails, without angle brackets. They are computed from what a mail is about: so a message sent again has the same
/// id, and a report that quotes one can be verified. They do not reveal the subscriber.
/// </summary>
internal static class MessageIds
{
    private const string Notice = "notice.";
    private const int HashLength = 32;

    /// <summary>The id of the digest for the subscriber on the local date; it shows the date.</summary>
    public static string OfDigest(DateOnly date, string subscriberId, string domain) => $"{LocalOfDigest(date, subscriberId)}@{domain}";

    /// <summary>The id of a service mail.</summary>
    public static string OfNotice(string noticeKey, string domain) => $"{LocalOfNotice(noticeKey)}@{domain}";

    /// <summary>Reads the date of an id that has the form of a digest's. It proves nothing.</summary>
    public static bool TryReadDate(string messageId, out DateOnly date)
    {
        date = default;
        var local = Local(messageId);
        return local.Length == 9 + HashLength && local[8] == '.'
            && DateOnly.TryParseExact(local[..8], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
    }

    /// <summary>True if the id has the form of a service mail's. It proves nothing.</summary>
    public static bool MayBeNotice(string messageId) => Local(messageId).StartsWith(Notice, StringComparison.OrdinalIgnoreCase);

    /// <summary>True if this is the id of the digest. The domain is not compared: the publication's may have changed since.</summary>
    public static bool IsOfDigest(string messageId, DateOnly date, string subscriberId) =>
        Local(messageId).Equals(LocalOfDigest(date, subscriberId), StringComparison.OrdinalIgnoreCase);

    /// <summary>True if this is the id of the service mail. The domain is not compared.</summary>
    public static bool IsOfNotice(string messageId, string noticeKey) =>
        Local(messageId).Equals(LocalOfNotice(noticeKey), StringComparison.OrdinalIgnoreCase);

    private static string LocalOfDigest(DateOnly date, string subscriberId) => string.Create(
        CultureInfo.InvariantCulture, $"{date:yyyyMMdd}.{Hash($"{date.Text()} {subscriberId}", HashLength / 2)}");

    private static string LocalOfNotice(string noticeKey) => Notice + Hash(noticeKey, bytes: 12);

    private static string Hash(string text, int bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, bytes));

    private static ReadOnlySpan<char> Local(string messageId)
    {
        var at = messageId.IndexOf('@', StringComparison.Ordinal);
        return messageId.AsSpan(0, Math.Max(0, at));
    }
}
