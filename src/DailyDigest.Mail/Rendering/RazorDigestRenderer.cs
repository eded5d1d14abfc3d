using System.Text;
using System.Text.RegularExpressions;
using DailyDigest.Calendar;
using DailyDigest.Content;
using DailyDigest.Digests;
using DailyDigest.Mail.Mime;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Mail.Rendering;

/// <summary>Renders digests with RazorLight templates: HTML and plain text from the same items, encoded once.</summary>
internal sealed partial class RazorDigestRenderer : IDigestRenderer
{
    /// <summary>Gmail cuts longer mails. The whole message counts here, so that the limit holds however Gmail counts.</summary>
    public const int SizeLimit = 102_400;

    /// <summary>Kept free for headers, which carry the subject, the sender and the links.</summary>
    private const int HeaderRoom = 4096;

    /// <summary>Kept free for each slot: a signed link of 400 characters, encoded.</summary>
    private const int SlotRoom = 600;

    private readonly Publication publication;
    private readonly RazorTemplates templates;
    private readonly DigestPageBuilder pages;

    /// <summary>Templates come from <see cref="MailOptions.TemplatesFolder"/> first.</summary>
    public RazorDigestRenderer(Publication publication, MailOptions options)
        : this(publication, new RazorTemplates(options.TemplatesFolder))
    {
    }

    internal RazorDigestRenderer(Publication publication, RazorTemplates templates)
    {
        this.publication = publication;
        this.templates = templates;
        pages = new DigestPageBuilder(publication);
    }

    /// <inheritdoc/>
    public async Task<Variant?> RenderAsync(
        Digest digest, string language, IReadOnlyList<string> sections, CancellationToken cancellationToken)
    {
        var items = digest.Items.Where(item => sections.Count == 0
            || sections.Contains(item.Story.Section ?? "", StringComparer.OrdinalIgnoreCase)).ToList();
        var wanted = items.Count;
        while (items.Count > 0)
        {
            var page = pages.Build(digest, items, language);
            var html = Html(await templates.RenderAsync("Digest", page, cancellationToken));
            var text = Text(await templates.RenderAsync("DigestText", page, cancellationToken));
            var body = EncodedBody.Encode(text, html, Slots.All);
            if (items.Count == 1 || Size(body) < SizeLimit)
            {
                return new Variant
                {
                    Language = language,
                    Sections = sections,
                    Subject = page.Subject,
                    Html = html,
                    Text = text,
                    Body = body,
                    Trimmed = wanted - items.Count,
                };
            }

            Trim(items, Math.Max(1, (int)(items.Count * (1 - ((double)SizeLimit / Size(body)))) / 2));
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var probe = Probe.Digest();
        var variant = (await RenderAsync(probe, publication.DefaultLanguage, [], cancellationToken))!;
        Check("Digest", variant.Html, System.Net.WebUtility.HtmlDecode);
        Check("DigestText", variant.Text, text => text);

        void Check(string template, string result, Func<string, string> read)
        {
            if (!result.Contains(Slots.Unsubscribe, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"{templates.Where(template)} lacks the unsubscribe link (@Model.UnsubscribeUrl).");
            }

            // Compared without spaces: a template may break the address into lines.
            var address = Whitespace().Replace(publication.PostalAddress, "");
            if (!Whitespace().Replace(read(result), "").Contains(address, StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"{templates.Where(template)} lacks the postal address (@Model.PostalAddress).");
            }
        }
    }

    /// <summary>Removes the items with the lowest score; among equals the last one. The others keep their order.</summary>
    private static void Trim(List<DigestItem> items, int count)
    {
        for (; count > 0 && items.Count > 1; count--)
        {
            var least = items.Count - 1;
            for (var i = items.Count - 2; i >= 0; i--)
            {
                least = items[i].Score < items[least].Score ? i : least;
            }

            items.RemoveAt(least);
        }
    }

    private static int Size(byte[] body)
    {
        var size = body.Length + HeaderRoom;
        foreach (var slot in Slots.All)
        {
            var marker = Encoding.ASCII.GetBytes(slot);
            for (var rest = body.AsSpan(); rest.IndexOf(marker) is >= 0 and var at; rest = rest[(at + marker.Length)..])
            {
                size += SlotRoom;
            }
        }

        return size;
    }

    /// <summary>Without indentation, which is a tenth of the mail and not visible.</summary>
    private static string Html(string html) => Indentation().Replace(html.Trim(), "\n") + "\n";

    /// <summary>At most one blank line between paragraphs, none with spaces.</summary>
    internal static string Text(string text) => BlankLines().Replace(TrailingSpace().Replace(text, "\n"), "\n\n").Trim() + "\n";

    [GeneratedRegex(@"\s*\n\s*", RegexOptions.NonBacktracking)]
    private static partial Regex Indentation();

    [GeneratedRegex(@"[ \t]+\n", RegexOptions.NonBacktracking)]
    private static partial Regex TrailingSpace();

    [GeneratedRegex(@"\n{3,}", RegexOptions.NonBacktracking)]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Whitespace();

    /// <summary>A digest that uses every part of the templates.</summary>
    private static class Probe
    {
        private static readonly DateTimeOffset When = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

        public static Digest Digest() => new()
        {
            Date = new DateOnly(2026, 1, 1),
            Cohort = "daily_07_Etc.UTC",
            FrozenAt = When,
            Items = [Item(1, StoryKind.Article), Item(2, StoryKind.Article), Item(3, StoryKind.BlogPost)],
        };

        private static DigestItem Item(int number, StoryKind kind) => new(
            new Story
            {
                Id = "probe",
                Kind = kind,
                Url = "https://example.com/probe",
                Title = "Probe",
                Summary = "Probe",
                Byline = "Probe",
                Section = "Probe",
                Image = new StoryImage("https://example.com/probe.png", "Probe", "Probe", "Probe", null, null),
                Source = "probe",
                Published = When,
                FirstSeen = When,
            },
            "probe", number, [], ["Probe"]);
    }
}
