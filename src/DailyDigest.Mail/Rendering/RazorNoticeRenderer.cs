using DailyDigest.Calendar;
using DailyDigest.Settings;
using DailyDigest.Subscribers;

namespace DailyDigest.Mail.Rendering;

/// <summary>Renders service mails with RazorLight templates.</summary>
internal sealed class RazorNoticeRenderer : INoticeRenderer
{
    private readonly Publication publication;
    private readonly RazorTemplates templates;
    private readonly Palette palette;

    /// <summary>Templates come from <see cref="MailOptions.TemplatesFolder"/> first.</summary>
    public RazorNoticeRenderer(Publication publication, MailOptions options)
        : this(publication, new RazorTemplates(options.TemplatesFolder))
    {
    }

    internal RazorNoticeRenderer(Publication publication, RazorTemplates templates)
    {
        this.publication = publication;
        this.templates = templates;
        palette = Palette.Around(publication.Color);
    }

    /// <inheritdoc/>
    public async Task<NoticeText> RenderAsync(NoticeKind kind, string language, string url, CancellationToken cancellationToken)
    {
        var words = Words.In(language);
        var name = MailText.Line(publication.Name, 120);

        // Not in the subject: spam filters distrust control characters there.
        var isolated = Bidi.Isolate(name, words.Culture);
        var key = kind.ToString();
        var page = new NoticePage
        {
            Language = language,
            Direction = words.Direction,
            Name = name,
            SiteUrl = MailText.Link(publication.SiteUrl) is { Length: > 0 } site ? site : MailText.Link(publication.BaseUrl),
            LogoUrl = MailText.Picture(publication.LogoUrl, publication.BaseUrl),
            PostalAddress = MailText.Line(publication.PostalAddress, 300),
            Subject = words.Format(key + "Subject", name),
            Title = words.Format(key + "Title", isolated),
            Body = words.Format(key + "Body", isolated),
            Button = words.Format(key + "Button", isolated),
            Ignore = words.Format(key + "Ignore", isolated),
            Url = MailText.Link(url),
            Palette = palette,
            Words = words,
        };
        var html = await templates.RenderAsync(key, page, cancellationToken);
        var text = await templates.RenderAsync(key + "Text", page, cancellationToken);
        return new NoticeText(page.Subject, html.Trim() + "\n", RazorDigestRenderer.Text(text));
    }
}
