using System.Globalization;
using DailyDigest.Subscribers;
using MimeKit;

namespace DailyDigest.Mail;

/// <summary>
/// The relay and the sender of mail. Section <c>Mail</c>. The settings of the first relay stand in it directly, such as
/// <c>Mail__Host</c>.
/// </summary>
public sealed class MailOptions : RelayOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Mail";

    /// <summary>Further relays, in order: each is used while those before it cannot be used.</summary>
    public IReadOnlyList<RelayOptions> Relays { get; set; } = [];

    /// <summary>
    /// "Name &lt;address&gt;" or an address. Without a name, the publication's is used. Its address is the envelope sender too.
    /// </summary>
    public string From { get; set; } = "";

    /// <summary>The address for replies; empty for <see cref="From"/>.</summary>
    public string ReplyTo { get; set; } = "";

    /// <summary>
    /// Address that takes unsubscribe requests by mail, added to List-Unsubscribe beside the link; empty for none. If a mailbox is read, a
    /// <c>+</c> and a token that names the reader stand before its @.
    /// </summary>
    public string UnsubscribeAddress { get; set; } = "";

    /// <summary>
    /// Address that takes bounces. When set, the envelope sender of each mail is this address with <c>+</c> and a token that names the
    /// mail before its @; empty for the address of <see cref="From"/>.
    /// </summary>
    public string Bounces { get; set; } = "";

    /// <summary>
    /// Address that takes complaints, for CFBL-Address (RFC 9477) in each digest: of the domain of <see cref="From"/> or one below it.
    /// Empty for none.
    /// </summary>
    public string Complaints { get; set; } = "";

    /// <summary>
    /// The sender's id in Feedback-ID, 5 to 15 characters; empty for the publication's host if that is short enough, otherwise digests have
    /// no Feedback-ID.
    /// </summary>
    public string FeedbackSender { get; set; } = "";

    /// <summary>When set, messages are written into this folder as .eml files instead of being sent.</summary>
    public string PickupFolder { get; set; } = "";

    /// <summary>Folder of a publisher's own templates, which replace ours by file name; empty for ours.</summary>
    public string TemplatesFolder { get; set; } = "";

    /// <summary>Seconds to wait for the relay; the reply to a whole message may take ten minutes (RFC 5321 4.5.3.2.6).</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>Every relay in order of preference; none if no host is set.</summary>
    public IReadOnlyList<RelayOptions> AllRelays => [.. RelaysByPrefix().Select(relay => relay.Options)];

    /// <summary>One line per fault, each naming its setting.</summary>
    /// <param name="development">True to accept a missing From, and that neither a host nor a pickup folder is set.</param>
    /// <param name="readsMailbox">True if a mailbox is read, so that <see cref="UnsubscribeAddress"/> gets a token.</param>
    public IEnumerable<string> Validate(bool development, bool readsMailbox = false)
    {
        if (PickupFolder.Length == 0 && Host.Length == 0 && !development)
        {
            yield return "Mail__Host: the relay's host name, or set Mail__PickupFolder to write files instead.";
        }

        // Else the first of the further relays would become the first relay without a word.
        if (Host.Length == 0 && PickupFolder.Length == 0 && Relays.Count > 0)
        {
            yield return "Mail__Host: the first relay is set here, further ones as Mail__Relays__0__Host and so on.";
        }

        foreach (var fault in Validate(Section, development, needsHost: false).Concat(
            FurtherByPrefix().SelectMany(relay => relay.Options.Validate(relay.Prefix, development, needsHost: true))))
        {
            yield return fault;
        }

        if (From.Length == 0 ? !development : ParseMailbox(From) is null)
        {
            yield return "Mail__From: an address such as news@example.com, or Name <news@example.com>.";
        }

        foreach (var (name, text) in new[] { ("ReplyTo", ReplyTo), ("UnsubscribeAddress", UnsubscribeAddress) })
        {
            if (text.Length > 0 && ParseMailbox(text) is null)
            {
                yield return $"Mail__{name}: an address, or nothing.";
            }
        }

        if (readsMailbox && ParseMailbox(UnsubscribeAddress) is { } unsubscribe && !CanCarryToken(unsubscribe.Address))
        {
            yield return $"Mail__UnsubscribeAddress: with Mailbox__Host at most {EnvelopeTokens.MaxLocalPartLength} letters, digits, dots "
                + "and hyphens before its @, such as leave@mail.example.com: a token is added.";
        }

        if (Bounces.Length > 0 && !CanCarryToken(Bounces))
        {
            yield return $"Mail__Bounces: an address with at most {EnvelopeTokens.MaxLocalPartLength} letters, digits, dots and hyphens "
                + "before its @, such as bounces@mail.example.com, or nothing.";
        }

        if (Complaints.Length > 0 && !IsPlain(Complaints))
        {
            yield return "Mail__Complaints: an address in ASCII such as complaints@example.com, or nothing.";
        }

        if (FeedbackSender.Length > 0 && !Mail.FeedbackSender.IsValid(FeedbackSender))
        {
            yield return "Mail__FeedbackSender: 5 to 15 letters, digits, dots, hyphens and underscores other than \"digest\", or nothing.";
        }

        if (TemplatesFolder.Length > 0 && !Directory.Exists(TemplatesFolder))
        {
            yield return "Mail__TemplatesFolder: there is no such folder.";
        }

        if (TimeoutSeconds is < 1 or > 600)
        {
            yield return "Mail__TimeoutSeconds: 1 to 600.";
        }
    }

    /// <summary><see cref="AllRelays"/>, each with the prefix of its settings' names, such as <c>Mail__Relays__0</c>.</summary>
    internal IEnumerable<(string Prefix, RelayOptions Options)> RelaysByPrefix() =>
        Host.Length == 0 ? FurtherByPrefix() : FurtherByPrefix().Prepend((Section, this));

    private IEnumerable<(string Prefix, RelayOptions Options)> FurtherByPrefix() =>
        Relays.Select((relay, index) => (string.Create(CultureInfo.InvariantCulture, $"{Section}__Relays__{index}"), relay));

    /// <summary>Reads one mailbox; null when it is not one, or carries control characters.</summary>
    internal static MailboxAddress? ParseMailbox(string text) =>
        !text.Any(char.IsControl) && MailboxAddress.TryParse(text, out var mailbox) && mailbox.Address.IndexOf('@') is > 0 and var at
            && at < mailbox.Address.Length - 1
            ? mailbox
            : null;

    // RFC 9477 takes an addr-spec: no name, no brackets, no comment.
    private static bool IsPlain(string text) =>
        ParseMailbox(text) is { } mailbox && mailbox.Address == text && System.Text.Ascii.IsValid(text)
        && !text.Any(c => c is ' ' or '"' or ';' or '<' or '>' or '(' or ')' or ',');

    // A + separates the token, so the address itself has none.
    private static bool CanCarryToken(string text) =>
        ParseMailbox(text) is { } mailbox && mailbox.Address == text && text.IndexOf('@') is <= EnvelopeTokens.MaxLocalPartLength and var at
        && text[..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
