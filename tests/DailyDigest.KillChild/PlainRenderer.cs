using System.Text;
using DailyDigest.Digests;

namespace DailyDigest.KillChild;

/// <summary>Renders mails without templates, so that a start compiles nothing. Both personal links are present.</summary>
internal sealed class PlainRenderer : IDigestRenderer
{
    public Task<Variant?> RenderAsync(Digest digest, string language, IReadOnlyList<string> sections, CancellationToken cancellationToken)
    {
        var titles = string.Join("\r\n", digest.Items.Select(item => item.Story.Title));
        return Task.FromResult<Variant?>(new Variant
        {
            Language = language,
            Sections = sections,
            Subject = "Today",
            Html = titles,
            Text = titles,
            Body = Encoding.ASCII.GetBytes(
                "Content-Type: multipart/alternative; boundary=\"=_dd\"\r\n\r\n--=_dd\r\nContent-Type: text/plain\r\n\r\n"
                + $"{titles}\r\n{Slots.Unsubscribe}\r\n{Slots.Preferences}\r\n--=_dd--\r\n"),
        });
    }

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
