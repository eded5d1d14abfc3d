using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DailyDigest.Calendar;
using DailyDigest.Digests;
using DailyDigest.Mail;
using DailyDigest.Mail.Rendering;
using DailyDigest.Selection;
using DailyDigest.Settings;

namespace DailyDigest.Benchmarks;

/// <summary>Rendering, trimming and encoding a digest of 10 articles and 4 blog posts, HTML and text.</summary>
internal static class Rendering
{
    private static readonly Publication Publication = new()
    {
        Name = "Benchmark",
        BaseUrl = "https://digest.example.com",
        PostalAddress = "1 Example Street, Exampletown",
        TimeZone = "Europe/Paris",
    };

    public static readonly Digest Digest = new()
    {
        Date = new DateOnly(2026, 11, 3),
        Cohort = "daily_07_Europe.Paris",
        FrozenAt = Samples.Now,
        Items = SelectStories.Select(
            Samples.Stories(200, seed: 5), SentHistory.Empty, new SelectionOptions(), Samples.Now.AddDays(-1), Samples.Now).Items,
    };

    public static RazorDigestRenderer Renderer() => new(Publication, new MailOptions());

    public static async Task<int> RenderAsync(RazorDigestRenderer renderer) =>
        (await renderer.RenderAsync(Digest, "en", [], CancellationToken.None))!.Body.Length;
}

/// <summary>The first digest of a process: the template compiler starts. One measurement a process, five processes.</summary>
[MinColumn, SimpleJob(RunStrategy.ColdStart, launchCount: 5, warmupCount: 0, iterationCount: 1, invocationCount: 1)]
public class FirstRenderBenchmark
{
    [Benchmark]
    public Task<int> RenderFirst() => Rendering.RenderAsync(Rendering.Renderer());
}

/// <summary>Every later digest.</summary>
[ShortRunJob, MinColumn, MemoryDiagnoser]
public class WarmRenderBenchmark
{
    private readonly RazorDigestRenderer renderer = Rendering.Renderer();

    [GlobalSetup]
    public Task WarmAsync() => Rendering.RenderAsync(renderer);

    [Benchmark]
    public Task<int> RenderAgain() => Rendering.RenderAsync(renderer);
}
