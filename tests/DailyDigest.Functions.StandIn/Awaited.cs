// Shapes of parts that are being written elsewhere. Each goes when the part it waits for arrives; then this file goes.
#pragma warning disable
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest
{
    public static class AwaitedProduct { public static IServiceCollection AddDailyDigest(this IServiceCollection s, IConfiguration c) => s.AddSingleton<Schedule.Tick>().AddSingleton<Delivery.DeliverPart>().AddSingleton<Content.PollFeeds>().AddSingleton(TimeProvider.System).AddSingleton(new Content.FeedsOptions()).AddSingleton<Content.FeedStore>().AddSingleton<Content.StoryStore>(); }
}

namespace DailyDigest.Schedule
{
    public sealed class Tick(Storage.ITableStore store) { public async Task ExecuteAsync(CancellationToken t) => await store.QueryAsync(Storage.Tables.Cohorts, "cohort", default, 1, t); }
}

namespace DailyDigest.Delivery
{
    public sealed class DeliverPart(Storage.ITableStore store) { public async Task ExecuteAsync(string hint, CancellationToken t) => await store.QueryAsync(Storage.Tables.Ledger, "x", default, 1, t); }
}

namespace DailyDigest.Feeds
{
    public static class AwaitedFeeds { public static IServiceCollection AddFeeds(this IServiceCollection s, IConfiguration c) => s.AddSingleton<Content.IFeedReader, NoReader>(); private sealed class NoReader : Content.IFeedReader { public Task<Content.FeedReading> ReadAsync(Content.Feed f, CancellationToken t) => throw new InvalidOperationException(); } }
}

namespace DailyDigest.Mail
{
    public static class AwaitedMail { public static IServiceCollection AddMail(this IServiceCollection s, IConfiguration c) => s; }
}

namespace DailyDigest.Web
{
    public static class AwaitedWeb
    {
        public static IServiceCollection AddWeb(this IServiceCollection s, IConfiguration c) => s;
        public static IApplicationBuilder UseWeb(this IApplicationBuilder a) => a;
        public static IEndpointRouteBuilder MapWeb(this IEndpointRouteBuilder e) { e.MapGet("/healthz", () => "ok"); return e; }
    }
}
