using System.Text;
using DailyDigest.Mail.Mime;

namespace DailyDigest.Mail.Dkim;

/// <summary>The keys that mail is signed with (RFC 6376, RFC 8463). Section <c>Dkim</c>. Without a key nothing is signed.</summary>
public sealed class DkimOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Dkim";

    /// <summary>
    /// The signing domain; empty for that of <c>Mail__From</c>. It must be that domain, its parent or its child (DMARC alignment).
    /// </summary>
    public string Domain { get; set; } = "";

    /// <summary>The name of the RSA key's record: <c>SELECTOR._domainkey.DOMAIN</c>.</summary>
    public string Selector { get; set; } = "";

    /// <summary>The RSA key, 2048 bits or more: PEM, or base64 of PEM. Appears in no log and no message.</summary>
    public string PrivateKey { get; set; } = "";

    /// <summary>A file with the RSA key in PEM, instead of <see cref="PrivateKey"/>.</summary>
    public string PrivateKeyFile { get; set; } = "";

    /// <summary>The selector of an Ed25519 key, for a second signature.</summary>
    public string Ed25519Selector { get; set; } = "";

    /// <summary>The Ed25519 key: PEM, or base64 of PEM.</summary>
    public string Ed25519PrivateKey { get; set; } = "";

    /// <summary>A file with the Ed25519 key in PEM, instead of <see cref="Ed25519PrivateKey"/>.</summary>
    public string Ed25519PrivateKeyFile { get; set; } = "";

    /// <summary>Names of headers that the relay rewrites, separated by commas, such as "Message-ID, Date": they are not signed.</summary>
    public string LeaveOut { get; set; } = "";

    /// <summary>One line per fault, each naming its setting; none of them quotes a key.</summary>
    /// <param name="from"><c>Mail__From</c> as it is written.</param>
    public IEnumerable<string> Validate(string from)
    {
        var faults = new List<string>();
        _ = Keys(from, faults);
        return faults;
    }

    /// <summary>
    /// The keys that can be used; none if none is configured. Faults of the others are added to <paramref name="faults"/>.
    /// </summary>
    internal IReadOnlyList<DkimKey> Keys(string from, List<string> faults)
    {
        var keys = new List<DkimKey>();
        if (Selector.Length + PrivateKey.Length + PrivateKeyFile.Length + Ed25519Selector.Length + Ed25519PrivateKey.Length
            + Ed25519PrivateKeyFile.Length == 0)
        {
            if (Domain.Length > 0)
            {
                faults.Add("Dkim__Domain: a domain is set without a key; set Dkim__Selector and Dkim__PrivateKey.");
            }

            return keys;
        }

        var domain = SigningDomain(from, faults);
        foreach (var name in LeftOut)
        {
            if (name == "from" || !MailSigner.SignedHeaders.Contains(name, StringComparer.Ordinal))
            {
                faults.Add($"Dkim__LeaveOut: only these can be left out: {string.Join(", ", MailSigner.SignedHeaders.Skip(1))}.");
                break;
            }
        }

        Read("", Selector, PrivateKey, PrivateKeyFile, DkimKey.ReadRsa);
        Read("Ed25519", Ed25519Selector, Ed25519PrivateKey, Ed25519PrivateKeyFile, DkimKey.ReadEd25519);
        return keys;

        void Read(string prefix, string selector, string key, string file, Func<string, string, string, (DkimKey? Key, string? Fault)> read)
        {
            if (selector.Length + key.Length + file.Length == 0)
            {
                return;
            }

            var setting = $"Dkim__{prefix}PrivateKey" + (key.Length == 0 && file.Length > 0 ? "File" : "");
            if (!IsName(selector))
            {
                faults.Add($"Dkim__{prefix}Selector: the name of the key's record: letters, digits, hyphens and dots.");
            }

            if (key.Length > 0 == file.Length > 0)
            {
                faults.Add($"Dkim__{prefix}PrivateKey: set either this or Dkim__{prefix}PrivateKeyFile.");
            }
            else if (Pem(key, file) is not { } pem)
            {
                faults.Add(file.Length > 0 ? $"{setting}: there is no such file, or it cannot be read." : $"{setting}: {DkimKey.NoPem}");
            }
            else if (read(pem, domain ?? "", selector) is var (ready, fault) && fault is not null)
            {
                faults.Add($"{setting}: {fault}");
            }
            else if (domain is not null && ready is not null)
            {
                keys.Add(ready);
            }
        }
    }

    /// <summary><see cref="LeaveOut"/> as names in lower case.</summary>
    internal IReadOnlyList<string> LeftOut =>
    [
        .. LeaveOut.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => name.ToLowerInvariant()),
    ];

    private string? SigningDomain(string from, List<string> faults)
    {
        var mailbox = MailOptions.ParseMailbox(from);
        var address = mailbox is null ? null : Messages.Ascii(mailbox.Address);
        var sender = address?[(address.LastIndexOf('@') + 1)..].ToLowerInvariant();
        var domain = Domain.Length > 0 ? Domain.Trim().TrimEnd('.').ToLowerInvariant() : sender;
        if (sender is null)
        {
            faults.Add("Mail__From: mail is signed for the sender's domain, so an address is needed.");
            return null;
        }

        if (!IsName(domain!) || !domain!.Contains('.', StringComparison.Ordinal))
        {
            faults.Add("Dkim__Domain: a domain such as example.com, or nothing for that of Mail__From.");
            return null;
        }

        if (domain != sender && !sender.EndsWith("." + domain, StringComparison.Ordinal)
            && !domain.EndsWith("." + sender, StringComparison.Ordinal))
        {
            faults.Add($"Dkim__Domain: {domain} does not match {sender}, the domain of Mail__From: "
                + "it must be that domain, its parent or its child.");
            return null;
        }

        return domain;
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 253
        && text.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    /// <summary>The PEM text; null if there is none.</summary>
    private static string? Pem(string key, string file)
    {
        try
        {
            var text = (file.Length > 0 ? File.ReadAllText(file) : key).Trim();
            if (!text.StartsWith("-----", StringComparison.Ordinal))
            {
                text = Encoding.UTF8.GetString(Convert.FromBase64String(text)).Trim();
            }

            // An environment file often has a line break as the two characters \n.
            return text.Replace("\\n", "\n", StringComparison.Ordinal);
        }
        catch (FormatException)
        {
            return file.Length > 0 ? "" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }
}
