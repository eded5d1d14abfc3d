using System.Globalization;
using System.Text.RegularExpressions;
using DailyDigest.Accounts;
using DailyDigest.Content;
using DailyDigest.Storage;

namespace DailyDigest.Web.Tests.Desk;

/// <summary>The requests that the pages of stories and feeds make.</summary>
public sealed class StoryRequestTests
{
    private const string List = "/desk/stories";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>100,000 stories over 400 days: the requests do not grow with them, and none reads a whole table.</summary>
    [Fact]
    public async Task A_page_reads_a_few_partitions_however_many_stories_there_are()
    {
        await using var site = await WebFixture.StartAsync();
        using var editor = await site.SignInAsync(Role.Editor);
        const int days = 400, perDay = 250;
        var tables = site.Get<ITableStore>();
        for (var back = 0; back < days; back++)
        {
            var day = site.Time.GetUtcNow().AddDays(-back);
            var rows = Enumerable.Range(0, perDay).Select(number => Row(day, number)).ToList();
            foreach (var batch in rows.Chunk(100))
            {
                await tables.WriteAsync(Tables.Stories, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    [.. batch.Select(TableWrite.Insert)], Stop);
            }

            if (back == 0)
            {
                foreach (var shard in rows.Select(row => row.Key).GroupBy(key => key[..2]))
                {
                    await tables.WriteAsync(Tables.StoryDates, shard.Key,
                        [.. shard.Select(key => TableWrite.Insert(new TableRow(key) { { "date", "2026-03-02" } }))], Stop);
                }
            }
        }

        await site.Get<FeedStore>().AddAsync("https://wire.example.com/rss", "The wire", StoryKind.Article, false, Stop);
        foreach (var (path, limit) in new[]
        {
            (List, 90), (List + "?days=90", 90), (List + "?days=90&q=nothing", 110), (List + "?days=90&state=hidden", 110),
            ($"{List}/{Row(site.Time.GetUtcNow(), 0).Key}", 90), ("/desk/feeds", 20),
            ("/desk/feeds/" + Feed.IdOf("https://wire.example.com/rss"), 40),
        })
        {
            site.Plan.Restart();
            var page = await editor.PageAsync(path);
            Assert.Contains("</html>", page, StringComparison.Ordinal);
            var requests = site.Plan.Trace.Count(call => call.IsOfTables);
            Assert.True(requests <= limit, $"{path}: {requests}");
            Assert.DoesNotContain(site.Plan.Trace, call => call.Writes);
        }

        // The next page looks further, until the span is over.
        var (next, pages) = (List + "?days=90&q=Story+of+80+days", 0);
        while (Next(await editor.PageAsync(next)) is { } further && pages++ < 20)
        {
            next = further;
        }

        Assert.InRange(pages, 2, 20);
        Assert.Contains("Story of 80 days", await editor.PageAsync(next), StringComparison.Ordinal);

        static TableRow Row(DateTimeOffset day, int number)
        {
            var back = (int)(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero) - day).TotalDays;
            var title = back == 80 && number == 0 ? "Story of 80 days" : $"Story {number} of day {back}";
            return new TableRow(StoryId.From(title))
            {
                { "kind", "Article" }, { "url", "https://gazette.example.com/" + number }, { "title", title }, { "source", "api" },
                { "published", day.AddMinutes(-number) }, { "firstSeen", day.AddMinutes(-number) },
            };
        }
    }

    private static string? Next(string page) =>
        Regex.Match(page, "<a rel=\"next\" href=\"([^\"]+)") is { Success: true } match ? match.Groups[1].Value : null;
}
