using System.Collections.Concurrent;
using System.Text;
using DailyDigest.Returns;

namespace DailyDigest.Web.Tests;

/// <summary>Pages of providers that a test gives. Others do not answer; nothing leaves the machine.</summary>
public sealed class StubPages : IProviderPages
{
    private readonly ConcurrentDictionary<string, ProviderPage> pages = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> asked = new();

    /// <summary>The URLs that were requested, in order.</summary>
    public IReadOnlyList<string> Asked => [.. asked];

    /// <summary>Answers the URL with this page.</summary>
    public void Put(string url, int? status, string body = "") => pages[url] = new ProviderPage(status, Encoding.UTF8.GetBytes(body));

    /// <inheritdoc/>
    public Task<ProviderPage> GetAsync(string url, CancellationToken cancellationToken)
    {
        asked.Enqueue(url);
        return Task.FromResult(pages.GetValueOrDefault(url) ?? new ProviderPage(null, []));
    }
}
