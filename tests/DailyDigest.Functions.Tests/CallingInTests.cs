using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Functions.Tests;

/// <summary>Each trigger reaches the product, wired as the head wires it, with only the storage account replaced.</summary>
public sealed class CallingInTests : IDisposable
{
    private readonly MemoryTableStore tables = new(TimeProvider.System);
    private readonly IHost host;

    public CallingInTests()
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.ConfigureFunctionsWebApplication();
        builder.Configuration.AddInMemoryCollection(ExampleSettings.Deployed());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Feeds:Sources:0:Url"] = "http://127.0.0.1:9/feed" });
        builder.Services.AddDailyDigestFunctions(builder.Configuration);
        builder.Services.Replace(ServiceDescriptor.Singleton<ITableStore>(tables));
        builder.Services.Replace(ServiceDescriptor.Singleton<IQueueStore>(new MemoryQueueStore(TimeProvider.System)));
        host = builder.Build();
    }

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task The_tick_knows_the_publications_own_cohort_from_its_first_beat()
    {
        await Triggers().TickAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        Assert.Contains(tables.Everything, one => one.Table == Tables.Cohorts && one.Row.Key == "daily_07_Europe.Paris");
    }

    [Fact]
    public async Task Notices_sends_the_service_mails_that_are_due()
    {
        var notices = host.Services.GetRequiredService<NoticeStore>();
        await notices.AddAsync("0123456789abcdef0123456789abcdef", TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);

        await Triggers().NoticesAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        // Nobody has that id, so there was nothing to send, and the notice is settled.
        Assert.Empty(await notices.DueAsync(TimeProvider.System.GetUtcNow().AddDays(1), 2, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_head_leaves_its_parts_in_time_unless_told_otherwise() =>
        Assert.Equal(FunctionsServices.CutOff, host.Services.GetRequiredService<DeliveryOptions>().CutOff);

    [Fact]
    public async Task Ingest_polls_the_feeds_and_records_what_failed()
    {
        await Triggers().IngestAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        var feed = Assert.Single(await host.Services.GetRequiredService<FeedStore>().ListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, feed.Failures);
    }

    [Fact]
    public async Task A_hint_that_is_no_hint_is_done_with_and_not_thrown_into_the_poison_queue() =>
        await Triggers().DeliverAsync("not a hint", TestContext.Current.CancellationToken);

    [Fact]
    public async Task Both_http_triggers_answer_from_the_products_own_pages()
    {
        Assert.Equal(200, await Status(Triggers().WebAsync, "GET", "/"));
        Assert.Equal(200, await Status(Triggers().WebAsync, "HEAD", "/"));
        Assert.Equal(404, await Status(Triggers().WebAsync, "GET", "/no-such-page"));
        Assert.Equal(401, await Status(Triggers().WebAsync, "POST", "/api/stories"));
        Assert.Equal(422, await Status(Triggers().SignUpAsync, "POST", "/signup"));
    }

    [Fact]
    public void The_urls_of_requests_stay_out_of_the_log() =>
        Assert.False(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Information));

    private Triggers Triggers() => ActivatorUtilities.CreateInstance<Triggers>(host.Services);

    private async Task<int> Status(Func<HttpRequest, Task> function, string method, string path)
    {
        var context = new DefaultHttpContext
        {
            RequestServices = host.Services,
            Request = { Method = method, Path = path, Scheme = "https", Host = new HostString("digest.example.com") },
            Response = { Body = Stream.Null },
        };
        await function(context.Request);
        return context.Response.StatusCode;
    }
}
