using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The doctor before the first start, on feeds, and on the library for pictures.</summary>
public sealed partial class CommandsTroubleTests
{
    [Fact]
    public async Task Before_the_first_start_the_doctor_says_that_there_is_no_database_yet()
    {
        var (_, output, _) = await ExamineAsync(NoRecords);
        Assert.Contains(
            $"storage probe: not checked: there is no database at {publication.DatabasePath} yet; the first start of serve creates it\n",
            output, StringComparison.Ordinal);
        Assert.Contains(
            "readers choices: not checked: there is no database yet, so there are no readers\n", output, StringComparison.Ordinal);
        Assert.Contains("feeds list: not checked: there are no feeds; ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("storage failed", output, StringComparison.Ordinal);
        Assert.DoesNotContain("pictures codec", output, StringComparison.Ordinal);
        Assert.False(File.Exists(publication.DatabasePath));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_doctor_reads_each_feed_once_and_stores_nothing(bool started)
    {
        await using var good = await TestFeed.StartAsync(Cancellation);
        await using var page = await TestFeed.StartAsync(Cancellation);
        await using var empty = await TestFeed.StartAsync(Cancellation);
        good.Stories = [new("The lighthouse is lit", "https://news.example.com/lit", TimeProvider.System.GetUtcNow(), 4)];
        page.Page = "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/news.xml'></head></html>";
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Mail__PickupFolder"] = Path.Combine(publication.Folder, "outbox");
        publication.Settings["Feeds__Sources__0__Url"] = good.Url;
        publication.Settings["Feeds__Sources__0__Name"] = "Courier";
        publication.Settings["Feeds__Sources__1__Url"] = empty.Url;
        publication.Settings["Feeds__Sources__1__Name"] = "Herald";
        if (started)
        {
            Assert.Equal(0, (await CommandsTests.RunAsync(publication, ["feeds", "add", good.Url, "--name", "Courier"])).Code);
        }

        var (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(0, code);
        Assert.Contains("\nfeeds Courier: OK: 1 story\n", output, StringComparison.Ordinal);
        Assert.Contains("\nfeeds Herald: warning: there is no story in it\n", output, StringComparison.Ordinal);
        Assert.Equal(started, File.Exists(publication.DatabasePath));
        if (started)
        {
            Assert.Equal("[]", (await CommandsTests.RunAsync(publication, ["stories", "list", "--json"])).Output.Trim());
        }

        publication.Settings["Feeds__Sources__2__Url"] = page.Url;
        publication.Settings["Feeds__Sources__2__Name"] = "Tribune";
        (code, output, _) = await ExamineAsync(NoRecords);
        Assert.Equal(1, code);
        Assert.Contains(
            "\nfeeds Tribune: FAILED: not a feed: HTML; the page names a feed: "
                + $"{page.Url.Replace("/feed.xml", "/news.xml", StringComparison.Ordinal)}\n",
            output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_checks_the_codec_if_pictures_are_copied()
    {
        publication.Settings["Pictures__Copy"] = "true";
        Assert.Contains(
            "\npictures codec: OK: a picture was encoded and decoded\n", (await ExamineAsync(NoRecords)).Output, StringComparison.Ordinal);
    }
}
