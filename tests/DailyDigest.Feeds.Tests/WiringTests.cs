using DailyDigest.Content;
using DailyDigest.Figures;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Testing.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DailyDigest.Feeds.Tests;

public sealed class WiringTests : FeedServerTests
{
    private static readonly string Xml = Item("From the feed");

    [Fact]
    public async Task Feeds_of_the_settings_are_polled_into_the_store()
    {
        Server.Serve("/feed", System.Text.Encoding.UTF8.GetBytes(Xml));
        await using var services = Services(new()
        {
            ["Feeds:AllowPrivateAddresses"] = "true",
            ["Feeds:Sources:0:Url"] = Server.Url("/feed", "127.0.0.1"),
            ["Feeds:Sources:0:Name"] = "Main",
            ["Feeds:Sources:0:Kind"] = "BlogPost",
            ["Feeds:Sources:0:Ranked"] = "true",
        });
        var cancel = TestContext.Current.CancellationToken;
        var summary = await services.GetRequiredService<PollFeeds>().ExecuteAsync(evenSlow: false, cancel);
        Assert.Equal([("Main", 1, 1, null)], summary.Feeds.Select(feed => (feed.Name, feed.Read, feed.Added, feed.Error)));
        var story = await services.GetRequiredService<StoryStore>().FindAsync(StoryId.From("https://example.com/a"), cancel);
        Assert.Equal(("From the feed", StoryKind.BlogPost, 1), (story!.Title, story.Kind, story.Signals.FeedPosition));
        Assert.NotNull(services.GetRequiredService<AcceptStory>());
        Assert.NotNull(services.GetRequiredService<AcceptSignals>());
    }

    [Fact]
    public void Invalid_settings_stop_the_start()
    {
        using var services = Services(new() { ["Feeds:Sources:0:Url"] = "feed.xml" });
        var fault = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        Assert.StartsWith("Feeds__Sources__0__Url: ", Assert.Single(fault.Failures), StringComparison.Ordinal);
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System).AddSingleton(new Publication { TimeZone = "Etc/UTC" })
        .AddSingleton<ITableStore>(new MemoryTableStore(TimeProvider.System))
        .AddSingleton<StoryStore>().AddSingleton<FeedStore>()
        .AddSingleton<FigureStore>().AddSingleton<SumStories>()
        .AddSingleton<PollFeeds>().AddSingleton<PollFeed>().AddSingleton<AcceptStory>().AddSingleton<AcceptSignals>()
        .AddFeeds(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
        .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
