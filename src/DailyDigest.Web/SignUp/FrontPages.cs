using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// The front page as it is before anybody typed anything. It depends on language, day, newest digest and the two numbers of the sum, and is
/// rendered once for each; only the signed question is another one for every reader, and is put in its place.
/// </summary>
internal sealed class FrontPages(Publication publication, TimeProvider time) : IDisposable
{
    private const int Sums = 81;

    // Whatever else a page may depend on (a changed picture, a changed clock) shows by then.
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly string marker = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
    private readonly Shelf<Key, Page> shelf = new(Sums * 2 * Math.Max(1, publication.Languages.Count), time, atOnce: 1);

    private sealed record Key(string Language, bool IsChosen, DateOnly Today, DateOnly? Digest, DateTimeOffset? FrozenAt, int First, int Second);

    private sealed record Page(byte[] Before, byte[] After);

    /// <summary>Writes the page; <paramref name="render"/> makes it around a question.</summary>
    public async Task WriteAsync(HttpContext context, View view, Digest? latest, HumanQuestion question, Func<HumanQuestion, Task<string>> render)
    {
        var key = new Key(view.Language, view.IsChosen, view.Today, latest?.Date, latest?.FrozenAt, question.First, question.Second);
        var page = await shelf.GetAsync(key, Age, async _ => Cut(await render(question with { Token = marker })), context.RequestAborted);
        if (page is null)
        {
            await PageRenderer.WriteHtmlAsync(context, StatusCodes.Status200OK, await render(question));
            return;
        }

        var response = context.Response;
        PageRenderer.BeginHtml(response, StatusCodes.Status200OK, page.Before.Length + question.Token.Length + page.After.Length);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        response.BodyWriter.Write(page.Before);
        Encoding.ASCII.GetBytes(question.Token, response.BodyWriter);
        response.BodyWriter.Write(page.After);
        await response.CompleteAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => shelf.Dispose();

    // Null, and nothing is kept, for a page that does not hold the question exactly once.
    private Page? Cut(string html)
    {
        var at = html.IndexOf(marker, StringComparison.Ordinal);
        return at < 0 || html.IndexOf(marker, at + 1, StringComparison.Ordinal) >= 0
            ? null
            : new Page(Encoding.UTF8.GetBytes(html[..at]), Encoding.UTF8.GetBytes(html[(at + marker.Length)..]));
    }
}
