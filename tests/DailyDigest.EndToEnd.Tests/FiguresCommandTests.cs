using System.Globalization;
using DailyDigest.EndToEnd.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The verb <c>figures</c>: the counts that the desk shows.</summary>
public sealed class FiguresCommandTests : IDisposable
{
    private readonly PublicationFixture publication = new(smtpPort: 1);

    public FiguresCommandTests()
    {
        publication.Settings["Mail__PickupFolder"] = Path.Combine(publication.Folder, "outbox");
        publication.Settings["Publication__TimeZone"] = "Etc/UTC";
        publication.Settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
    }

    private static int Number(string cell) => int.TryParse(cell, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task The_verb_prints_the_counts_that_the_desk_shows()
    {
        await SendAsync();

        var (code, output, _) = await RunAsync("figures", "--days", "2");
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(0, code);
        Assert.StartsWith("3 subscribers", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            ["date", "subscribers", "sign-ups", "new", "gone", "sent", "rejected", "deferred", "expired", "held", "last after", "stories"],
            lines[1].Split('\t'));

        // The readers signed up before this hour: just after midnight that was yesterday.
        var days = lines[2..].Select(line => line.Split('\t')).OrderBy(day => day[0], StringComparer.Ordinal).ToList();
        Assert.Equal(2, days.Count);
        Assert.Equal("3", days[1][1]);
        Assert.Equal([0, 3, 0, 3, 0, 0, 0, 0], Enumerable.Range(2, 8).Select(column => days.Sum(day => Number(day[column]))));

        foreach (var (by, file) in new[] { ("day", "days"), ("domain", "domains"), ("feed", "feeds") })
        {
            Assert.Equal(
                await DeskAsync($"/desk/figures/{file}.csv?days=7"),
                (await RunAsync("figures", "--days", "7", "--by", by, "--csv")).Output);
        }

        Assert.Contains(",3,", (await RunAsync("figures", "--days", "1", "--csv")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Domains_of_few_readers_are_counted_without_their_names()
    {
        await SendAsync();

        var (code, output, _) = await RunAsync("figures", "--by", "domain");

        Assert.Equal(0, code);
        Assert.StartsWith("other\t3\t", output.Split('\n')[2], StringComparison.Ordinal);
        Assert.DoesNotContain("example.org", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--days", "0")]
    [InlineData("--days", "1101")]
    [InlineData("--days", "-1")]
    [InlineData("--days", "seven")]
    [InlineData("--by", "reader")]
    [InlineData("--by", "0")]
    public async Task A_wrong_option_is_refused_and_nothing_is_printed(string option, string value)
    {
        var (code, output, error) = await RunAsync("figures", option, value);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(option, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counting_again_gives_the_same_numbers()
    {
        await SendAsync();
        var before = (await RunAsync("figures", "--days", "1")).Output;

        Assert.Contains("Counted: 3 active", (await RunAsync("figures", "recount")).Output, StringComparison.Ordinal);
        Assert.Equal(before, (await RunAsync("figures", "--days", "1")).Output);
    }

    private async Task SendAsync()
    {
        var cohort = await publication.SeedAsync(0, Cancellation);
        var list = Path.Combine(publication.Folder, "readers.csv");
        await File.WriteAllTextAsync(
            list,
            "email,zone,hour\n" + string.Concat(Enumerable.Range(0, 3).Select(number => string.Create(
                CultureInfo.InvariantCulture, $"reader{number}@example.org,Etc/UTC,{cohort.Hour}\n"))),
            Cancellation);

        // An hour ago: imported after their hour has come, they would begin tomorrow.
        var earlier = new FakeTimeProvider(publication.Made.AddHours(-1));
        Assert.Equal(0, (await CommandsTests.RunAsync(
            publication, ["subscribers", "import", list, "--source", "test"],
            builder => builder.Services.AddSingleton<TimeProvider>(earlier))).Code);
        Assert.Equal(0, (await RunAsync("run")).Code);
    }

    private async Task<string> DeskAsync(string path)
    {
        await using var app = await publication.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = new Uri(PublicationFixture.AddressOf(app)) };
        http.DefaultRequestHeaders.Add("X-Api-Key", publication.Settings["Api__Keys"]);
        return await http.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] args) => CommandsTests.RunAsync(publication, args);
}
