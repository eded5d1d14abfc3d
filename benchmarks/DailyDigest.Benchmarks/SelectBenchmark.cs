using BenchmarkDotNet.Attributes;
using DailyDigest.Content;
using DailyDigest.Selection;

namespace DailyDigest.Benchmarks;

/// <summary>Choosing a digest from 1,000 candidates for a cohort that was sent 200 stories in two weeks.</summary>
[ShortRunJob, MinColumn, MemoryDiagnoser]
public class SelectBenchmark
{
    private readonly SelectionOptions options = new();
    private List<Story> candidates = [];
    private SentHistory sent = SentHistory.Empty;

    [GlobalSetup]
    public void Prepare()
    {
        candidates = Samples.Stories(1_000, seed: 1);
        sent = SentHistory.From(Samples.Stories(200, seed: 2).Select(story => SentStory.Of(story, story.Id)));
    }

    [Benchmark]
    public int SelectFromThousand() => SelectStories.Select(candidates, sent, options, Samples.Now.AddDays(-1), Samples.Now).Items.Count;
}
