using System.Text;

namespace DailyDigest.Mail.Mime;

/// <summary>
/// The headers of the digests of one variant as bytes with gaps. MimeKit formats them once; for each reader the gaps are filled.
/// </summary>
internal sealed class HeadTemplate
{
    /// <summary>Values of the gaps while MimeKit formats the headers. No header can contain them by chance.</summary>
    public const string To = "gap-to-4f1c9a7e@example.com";

    /// <summary>The Message-ID without angle brackets.</summary>
    public const string MessageId = "gap-message-id-4f1c9a7e@example.com";

    /// <summary>The value of List-Unsubscribe.</summary>
    public const string Unsubscribe = "<gap-unsubscribe-4f1c9a7e>";

    /// <summary>The value of CFBL-Feedback-ID.</summary>
    public const string Token = "gap-token-4f1c9a7e";

    private const int MaxAddress = 60;
    private static readonly string[] Names = [To, MessageId, Unsubscribe, Token];

    private readonly List<(byte[] Shared, int Gap)> pieces = [];
    private readonly byte[] end;

    /// <summary>Cuts the headers at the gaps.</summary>
    /// <param name="head">The headers as MimeKit writes them.</param>
    /// <param name="date">The date of the mails.</param>
    /// <param name="campaign">The run and the kind of the mails.</param>
    public HeadTemplate(byte[] head, DateTimeOffset date, string campaign)
    {
        (Date, Campaign) = (date, campaign);
        var rest = head.AsSpan();
        while (true)
        {
            var (at, gap) = (-1, 0);
            for (var i = 0; i < Names.Length; i++)
            {
                var found = rest.IndexOf(Encoding.ASCII.GetBytes(Names[i]));
                (at, gap) = found >= 0 && (at < 0 || found < at) ? (found, i) : (at, gap);
            }

            if (at < 0)
            {
                end = rest.ToArray();
                return;
            }

            pieces.Add((rest[..at].ToArray(), gap));
            rest = rest[(at + Names[gap].Length)..];
        }
    }

    /// <summary>The date of the mails.</summary>
    public DateTimeOffset Date { get; }

    /// <summary>The run and the kind of the mails.</summary>
    public string Campaign { get; }

    /// <summary>
    /// True if MimeKit writes the address as it is. It quotes, encodes or folds others.
    /// </summary>
    public static bool IsPlain(string address) =>
        address.Length <= MaxAddress && !address.AsSpan().ContainsAnyExcept(Addresses) && address.Count('@') == 1
        && address[0] is not ('.' or '@') && address[^1] is not ('.' or '@') && !address.Contains("..", StringComparison.Ordinal)
        && !address.Contains(".@", StringComparison.Ordinal) && !address.Contains("@.", StringComparison.Ordinal);

    private static readonly System.Buffers.SearchValues<char> Addresses =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+@");

    /// <summary>The headers of one mail.</summary>
    /// <param name="to">The address; <see cref="IsPlain"/>.</param>
    /// <param name="messageId">Without angle brackets, ASCII.</param>
    /// <param name="unsubscribe">The value of List-Unsubscribe, ASCII.</param>
    /// <param name="token">The value of CFBL-Feedback-ID, ASCII; empty if there is none.</param>
    public byte[] Fill(string to, string messageId, string unsubscribe, string token)
    {
        var length = end.Length;
        foreach (var (shared, gap) in pieces)
        {
            length += shared.Length + Value(gap).Length;
        }

        var filled = new byte[length];
        var rest = filled.AsSpan();
        foreach (var (shared, gap) in pieces)
        {
            shared.CopyTo(rest);
            rest = rest[shared.Length..];
            rest = rest[Encoding.ASCII.GetBytes(Value(gap), rest)..];
        }

        end.CopyTo(rest);
        return filled;

        string Value(int gap) => gap switch { 0 => to, 1 => messageId, 2 => unsubscribe, _ => token };
    }
}
