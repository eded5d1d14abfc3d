using System.Buffers;
using System.Globalization;
using System.Net.Mail;
using System.Text;

namespace DailyDigest.Mailing;

/// <summary>
/// An address that mail can be sent to: one mailbox, no display name, no comment, no quoted local part, no address literal. The domain may
/// be typed in any script and is kept in ASCII (RFC 5891); a local part outside ASCII is refused, because every server on the way would
/// have to know SMTPUTF8 (RFC 6531).
/// </summary>
public sealed record EmailAddress
{
    // RFC 5321, 4.5.3.1: a path has 256 octets with its angle brackets; the local part has 64.
    private const int MaxLength = 254;
    private const int MaxLocalLength = 64;

    // Both parts at their longest, as RFC 5321 counts them.
    private const int MaxStoredLength = 320;

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true, AllowUnassigned = false };

    // RFC 5322, 3.2.3: what an atom is made of, and the dot between atoms.
    private static readonly SearchValues<char> LocalCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+/=?^_`{|}~-.");

    private static readonly SearchValues<char> DomainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");

    // Full-width brackets, quotation marks, commas, colons, semicolons and full stops, and the ideographic ones.
    private static readonly SearchValues<char> FullWidthEdges = SearchValues.Create(
        "\uFF1C\uFF1E\uFF08\uFF09\uFF3B\uFF3D\uFF02\uFF07\uFF0C\uFF0E\uFF1A\uFF1B\uFF61\uFF62\uFF63\uFF64"
            + "\u3001\u3002\u3008\u3009\u300A\u300B\u300C\u300D\u300E\u300F\u3010\u3011");

    private EmailAddress(string value, string normalized) => (Value, Normalized) = (value, normalized);

    /// <summary>As mail is sent to it: the local part as typed, the domain in lower-case ASCII.</summary>
    public string Value { get; }

    /// <summary>
    /// The form that makes two addresses the same reader's: also the local part in lower case. Dots and what follows a plus sign count,
    /// because only the host of the mailbox may say that they do not.
    /// </summary>
    public string Normalized { get; }

    /// <summary>
    /// As its owner knows it: the domain in the script of its language (RFC 5891), in ASCII where the two are not one and the same domain.
    /// For pages only; mail is sent to <see cref="Value"/>.
    /// </summary>
    public string Shown
    {
        get
        {
            var at = Value.LastIndexOf('@') + 1;
            return Value[..at] + Readable(Value[at..]);
        }
    }

    /// <summary>The first letters, such as <c>r…@e…</c>: its owner knows which one it is, and nobody else learns it.</summary>
    public string Masked => $"{Value[0]}…@{StringInfo.GetNextTextElement(Shown, Value.LastIndexOf('@') + 1)}…";

    /// <summary>
    /// Reads an address as typed or pasted by a reader. White space, line breaks and invisible or full-width signs around it are ignored,
    /// and the angle brackets of a mail program. False for everything that is not exactly one address.
    /// </summary>
    public static bool TryParse(string? text, out EmailAddress address)
    {
        address = null!;
        text = text is { Length: <= 2 * MaxLength } ? Bare(text) : null;
        if (text is null || text.Length is < 3 or > MaxLength)
        {
            return false;
        }

        var at = text.LastIndexOf('@');
        if (at is < 1 or > MaxLocalLength || text.AsSpan(0, at).ContainsAnyExcept(LocalCharacters)
            || !MailAddress.TryCreate(text, out var mail)
            || mail.DisplayName.Length > 0 || mail.User != text[..at]
            || !AreAtoms(text.AsSpan(0, at)) || !TryDomain(text[(at + 1)..], out var domain))
        {
            return false;
        }

        var value = $"{text[..at]}@{domain}";
        if (value.Length > MaxLength)
        {
            return false;
        }

        address = new EmailAddress(value, value.ToLowerInvariant());
        return true;
    }

    /// <summary>
    /// Reads an address as the store holds it, at the cost of one look at each character. <see cref="TryParse"/> proved it before it was
    /// stored, but a stored row may be hostile: false for what could end a command or a header. A local part outside ASCII is taken
    /// (SMTPUTF8).
    /// </summary>
    public static bool TryReadStored(string? text, out EmailAddress address)
    {
        address = null!;
        var at = text is { Length: <= MaxStoredLength } ? text.LastIndexOf('@') : -1;
        if (at < 1 || at == text!.Length - 1 || !IsLocal(text.AsSpan(0, at)))
        {
            return false;
        }

        var domain = text.AsSpan(at + 1);
        if (!domain.ContainsAnyExcept(DomainCharacters))
        {
            address = new EmailAddress(text, text.ToLowerInvariant());
            return true;
        }

        if (Ascii.IsValid(domain) || !TryDomain(text[(at + 1)..], out var ascii))
        {
            return false;
        }

        var value = $"{text[..at]}@{ascii}";
        address = new EmailAddress(value, value.ToLowerInvariant());
        return true;
    }

    /// <summary>Shows nothing of the address, so that no log can carry it.</summary>
    public override string ToString() => "(an address)";

    private static string Bare(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsEdge(text[start]))
        {
            start++;
        }

        while (end > start && IsEdge(text[end - 1]))
        {
            end--;
        }

        return end - start > 2 && text[start] == '<' && text[end - 1] == '>' ? Bare(text[(start + 1)..(end - 1)]) : text[start..end];
    }

    private static bool IsEdge(char edge) => char.IsWhiteSpace(edge) || char.GetUnicodeCategory(edge) == UnicodeCategory.Format
        || FullWidthEdges.Contains(edge);

    private static bool IsLocal(ReadOnlySpan<char> local)
    {
        foreach (var character in local)
        {
            if (!LocalCharacters.Contains(character) && (character < '\u0080' || char.IsControl(character) || char.IsWhiteSpace(character)))
            {
                return false;
            }
        }

        return AreAtoms(local);
    }

    // MailAddress lets dots through that stand first, last or beside one another.
    private static bool AreAtoms(ReadOnlySpan<char> local) => local[0] != '.' && local[^1] != '.' && local.IndexOf("..") < 0;

    private static string Readable(string domain)
    {
        try
        {
            var text = Idn.GetUnicode(domain);
            return Idn.GetAscii(text).Equals(domain, StringComparison.OrdinalIgnoreCase) ? text : domain;
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }

    private static bool TryDomain(string text, out string domain)
    {
        domain = "";
        if (text.Length == 0 || text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character)))
        {
            return false;
        }

        try
        {
            domain = Idn.GetAscii(text).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return false;
        }

        var last = domain.LastIndexOf('.');
        var top = domain.AsSpan(last + 1);
        return last > 0 && top.Length > 1 && (!top.ContainsAnyExceptInRange('a', 'z') || top.StartsWith("xn--"));
    }
}
