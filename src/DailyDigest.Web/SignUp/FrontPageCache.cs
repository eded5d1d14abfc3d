using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Digests;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;

namespace DailyDigest.Web;

/// <summary>
/// The front page with an empty form. It depends on language, day, newest digest and the two numbers of the sum, and is rendered once for
/// each combination. Only the signed question differs for every reader; it is inserted into the cached page.
/// </summary>
internal sealed class FrontPageCache(Publication publication, TimeProvider time) : IDisposable
{
    private const int Sums = 81;

    // Everything else that a page depends on, such as the rules of time zones, changes rarely.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    private readonly string marker = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
    private readonly PageCache<Key, Page> cache = new(Sums * 2 * 2 * Math.Max(1, publication.Languages.Count), time, maxBuilds: 1);

    private sealed record Key(
        string Language, bool IsChosen, DateOnly Today, DateOnly? Digest, DateTimeOffset? FrozenAt, int First, int Second, bool IsHard);

    private sealed record Page(byte[] Before, byte[] After);

    /// <summary>Writes the page. <paramref name="render"/> renders it with a question.</summary>
    public async Task WriteAsync(
        HttpContext context, View view, Digest? latest, HumanQuestion question, Func<HumanQuestion, Task<string>> render)
    {
        var key = new Key(
            view.Language, view.IsChosen, view.Today, latest?.Date, latest?.FrozenAt, question.First, question.Second, question.IsHard);
        var page = await cache.GetAsync(
            key, MaxAge, async _ => Split(await render(question with { Token = marker })), context.RequestAborted);
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
    public void Dispose() => cache.Dispose();

    // Null, which is not cached, unless the page contains the question exactly once.
    private Page? Split(string html)
    {
        var at = html.IndexOf(marker, StringComparison.Ordinal);
        return at < 0 || html.IndexOf(marker, at + 1, StringComparison.Ordinal) >= 0
            ? null
            : new Page(Encoding.UTF8.GetBytes(html[..at]), Encoding.UTF8.GetBytes(html[(at + marker.Length)..]));
    }
}
