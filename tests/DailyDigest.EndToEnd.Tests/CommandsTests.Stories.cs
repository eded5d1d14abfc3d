using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Feeds, their stories, and what is made of them.</summary>
public sealed partial class CommandsTests
{
    [Fact]
    public async Task Feeds_are_added_polled_listed_and_removed_and_their_stories_decided_on()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow().AddHours(-1), 4)];
        var (code, output, _) = await RunAsync("feeds", "add", feed.Url, "--name", "Courier");
        Assert.Equal(0, code);
        Assert.Contains("1 story; ", output, StringComparison.Ordinal);
        Assert.Contains("  The lighthouse is lit\nCourier added (id ", output, StringComparison.Ordinal);
        var id = output.Split("(id ")[1][..10];

        (code, output, _) = await RunAsync("ingest");
        Assert.Equal((0, "Courier: 1 read, 1 new, 0 changed\n"), (code, output));
        (_, output, _) = await RunAsync("stories", "list", "--json");
        var story = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray().ToList()).GetProperty("id").GetString()!;
        (code, output, _) = await RunAsync("stories", "pin", story);
        Assert.Equal((0, "The lighthouse is lit: pinned\n"), (code, output));
        Assert.Equal("The lighthouse is lit: pinned, x1.5\n", (await RunAsync("stories", "boost", story, "1.5")).Output);
        Assert.Equal("The lighthouse is lit: x1.5\n", (await RunAsync("stories", "unpin", story[..6])).Output);
        Assert.Equal("The lighthouse is lit: pinned, x1.5\n", (await RunAsync("stories", "pin", "https://news.example.com/lit")).Output);
        Assert.Equal("The lighthouse is lit: x1.5\n", (await RunAsync("stories", "unpin", story[..6])).Output);
        Assert.Contains($"\n{story[..10]}\t", (await RunAsync("stories", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("\tCourier\t", (await RunAsync("stories", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("The lighthouse is lit: dropped, x1.5\n", (await RunAsync("stories", "drop", story)).Output);
        Assert.Contains("dropped", (await RunAsync("stories", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("The lighthouse is lit: x1.5\n", (await RunAsync("stories", "undrop", story)).Output);
        Assert.Equal(1, (await RunAsync("stories", "pin", new string('0', 32))).Code);

        await feed.DisposeAsync();
        (code, output, _) = await RunAsync("ingest");
        Assert.Equal(1, code);
        Assert.Contains("failed", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("feeds", "list", "--json");
        var listed = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray().ToList());
        Assert.Equal(1, listed.GetProperty("failures").GetInt32());
        Assert.NotNull(listed.GetProperty("lastError").GetString());
        Assert.Equal(0, (await RunAsync("feeds", "remove", id)).Code);
        Assert.Equal(1, (await RunAsync("feeds", "remove", id)).Code);
        Assert.Contains("There are no feeds", (await RunAsync("ingest")).Output, StringComparison.Ordinal);
        Assert.Equal(
            ["feed.remove", .. Enumerable.Repeat("story.decide", 7), "feed.add"], (await ChangesAsync()).Select(change => change.Verb));
    }

    [Fact]
    public async Task A_preview_names_the_sections_that_exist_and_counts_what_it_lists()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = Stories("Sports", "The lighthouse is lit", "Harbour opens a second quay", "Ferry fares fall in spring");
        await RunAsync("feeds", "add", feed.Url, "--kind", "blog-post");
        await RunAsync("ingest");
        var (code, output, error) = await RunAsync("preview", "--section", "Sport");
        Assert.Equal((2, "", "--section: there is no section 'Sport'; recent stories have Sports.\n"), (code, output, error));
        publication.Settings["Publication__Sections__0"] = "News";
        publication.Settings["Publication__Sections__1"] = "Sports";
        (code, output, error) = await RunAsync("preview", "--section", "Sport", "--explain");
        Assert.Equal((2, "", "--section: there is no section 'Sport'; Publication__Sections has News, Sports.\n"), (code, output, error));

        (code, output, error) = await RunAsync("preview", "--section", "sports", "--explain");
        Assert.Equal(1, code);
        Assert.Matches(@"0 of at least 3 articles since .+ UTC, beside 3 blog posts\.\n$", error);
        var passed = Lines(output.Split("Passed over:\n")[1]);
        Assert.Equal(3, passed.Length);
        Assert.All(passed, line => Assert.Matches(@"^- .+ \([0-9a-f]{10}\), [0-9.]+: there was too little for a digest$", line));
    }

    [Fact]
    public async Task A_renamed_section_has_its_stories_at_once()
    {
        publication.Settings["Publication__Sections__0"] = "Sports";
        publication.Settings["Publication__Sections__1"] = "News";
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = Stories("sport", "The lighthouse is lit", "Harbour opens a second quay", "Ferry fares fall in spring");
        await RunAsync("feeds", "add", feed.Url);
        await RunAsync("ingest");
        Assert.Equal(1, (await RunAsync("preview", "--section", "Sports")).Code);

        var (code, output, _) = await RunAsync("sections", "rename", "Sport", "Sports");
        Assert.Equal(0, code);
        Assert.StartsWith("0 readers and 3 recent stories changed from Sport to Sports. ", output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("preview", "--section", "Sports")).Code);
        (code, _, var error) = await RunAsync("sections", "rename", "Sport", "Sports");
        Assert.Equal((1, "No reader chose the section Sport, and no recent story has it.\n"), (code, error));
    }

    private static FeedStory[] Stories(string section, params string[] titles) =>
        [.. titles.Select((title, number) => new FeedStory(
            title, $"https://news.example.com/{number}", TimeProvider.System.GetUtcNow().AddHours(-1), 4, section))];

    [Fact]
    public async Task Polling_says_of_each_feed_whether_anything_was_new()
    {
        await using var first = await TestFeed.StartAsync(Cancellation);
        await using var second = await TestFeed.StartAsync(Cancellation);
        first.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow().AddHours(-1), 4)];
        first.Tag = "\"one\"";
        await RunAsync("feeds", "add", first.Url, "--name", "Courier");
        await RunAsync("feeds", "add", second.Url, "--name", "Herald");
        string[] expected = ["2 feeds: 1 new, 0 changed, 1 with nothing new, 0 failed", "Courier: 1 read, 1 new, 0 changed",
            "Herald: nothing new: there is no story in it"];
        Assert.Equal(expected, await PollAsync());
        first.Tag = "\"two\"";
        Assert.Equal(
            ["2 feeds: 0 new, 0 changed, 2 with nothing new, 0 failed", "Courier: nothing new: 1 read, all known", expected[2]],
            await PollAsync());
        Assert.Contains("Courier: nothing new: it was not modified since the last poll", await PollAsync());

        async Task<IEnumerable<string>> PollAsync() => Lines((await RunAsync("ingest")).Output)
            .Select(line => System.Text.RegularExpressions.Regex.Replace(line, @" \([0-9a-f]+\)", "")).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task No_run_starts_before_a_feed_was_polled_and_a_skipped_run_is_reported()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow().AddHours(-1), 4)];
        await RunAsync("feeds", "add", feed.Url);
        await publication.SeedAsync(1, Cancellation);
        publication.Settings["Selection__MinArticles"] = "9";
        var (code, output, error) = await RunAsync("run");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("No feed has been polled yet: ", error, StringComparison.Ordinal);
        Assert.Equal("[]", JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("runs").GetRawText());

        await RunAsync("ingest");
        (code, output, _) = await RunAsync("run");
        Assert.Equal(0, code);
        Assert.Contains(": skipped: 7 of at least 9 articles", output, StringComparison.Ordinal);
        foreach (var which in (string[])["--missing", "--hold", "--release"])
        {
            (code, output, error) = await RunAsync("deliver", which, "--dry-run");
            Assert.Equal((0, ""), (code, error));
            Assert.Contains(": was skipped, so no reader was due: 7 of at least 9 articles", Assert.Single(Lines(output)),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Explain_advises_where_a_cap_leaves_places_empty()
    {
        await using var feed = await TestFeed.StartAsync(Cancellation);
        feed.Stories = [.. Enumerable.Range(0, 9).Select(i => new FeedStory(
            string.Join(' ', Enumerable.Range(0, 6).Select(word => $"noun{(i * 6) + word}")), $"https://news.example.com/{i}",
            TimeProvider.System.GetUtcNow().AddHours(-1), i))];
        await RunAsync("feeds", "add", feed.Url);
        await RunAsync("ingest");
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        publication.Settings["Selection__MaxPerSource"] = "2";
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        await publication.SeedAsync(0, Cancellation);
        Assert.Contains(
            "\nThere is room for 2 more articles, but 7 are over a cap: raise Selection__MaxPerSource (2) if they belong here, 0 for no "
                + "cap.\n",
            (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
        publication.Settings["Selection__MaxArticles"] = "8";
        Assert.DoesNotContain("There is room", (await RunAsync("preview", "--explain")).Output, StringComparison.Ordinal);
    }
}
