using DailyDigest.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moq;

namespace DailyDigest.Functions.Tests;

/// <summary>Each trigger reaches the product, wired as the head wires it, with only the storage account replaced.</summary>
public sealed class CallingInTests : IDisposable
{
    private readonly Mock<ITableStore> tables = new();
    private readonly IHost host;

    public CallingInTests()
    {
        tables.Setup(store => store.QueryAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<RowRange>(), It.IsAny<int>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync([]);
        host = Wired(tables.Object, Mock.Of<IQueueStore>());
    }

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task The_tick_looks_for_cohorts_that_are_due()
    {
        await Triggers().TickAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        VerifyRead(Tables.Cohorts);
    }

    [Fact]
    public async Task Ingest_looks_for_feeds_to_poll()
    {
        await Triggers().IngestAsync(new TimerInfo(), TestContext.Current.CancellationToken);

        VerifyRead(Tables.Feeds);
    }

    [Fact]
    public async Task A_hint_that_is_no_hint_is_done_with_and_not_thrown_into_the_poison_queue() =>
        await Triggers().DeliverAsync("not a hint", TestContext.Current.CancellationToken);

    [Fact]
    public async Task Both_http_triggers_answer_from_the_products_own_pages()
    {
        Assert.Equal(200, await Status(Triggers().WebAsync, "/healthz"));
        Assert.Equal(200, await Status(Triggers().SignUpAsync, "/healthz"));
        Assert.Equal(404, await Status(Triggers().WebAsync, "/no-such-page"));
    }

    [Fact]
    public void The_urls_of_requests_stay_out_of_the_log() =>
        Assert.False(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Information));

    private static IHost Wired(ITableStore tables, IQueueStore queues)
    {
        var builder = FunctionsApplication.CreateBuilder(["--environment=Development"]);
        builder.ConfigureFunctionsWebApplication();
        builder.Configuration.AddInMemoryCollection(ExampleSettings.AsConfiguration());
        builder.Services.AddDailyDigestFunctions(builder.Configuration);
        builder.Services.Replace(ServiceDescriptor.Singleton(tables)).Replace(ServiceDescriptor.Singleton(queues));
        return builder.Build();
    }

    private Triggers Triggers() => ActivatorUtilities.CreateInstance<Triggers>(host.Services);

    private void VerifyRead(string table) => tables.Verify(
        store => store.QueryAsync(table, It.IsAny<string>(), It.IsAny<RowRange>(), It.IsAny<int>(), It.IsAny<CancellationToken>()), Times.AtLeastOnce);

    private async Task<int> Status(Func<HttpRequest, Task> function, string path)
    {
        var context = new DefaultHttpContext
        {
            RequestServices = host.Services,
            Request = { Method = "GET", Path = path, Scheme = "https", Host = new HostString("digest.example.com") },
            Response = { Body = Stream.Null },
        };
        await function(context.Request);
        return context.Response.StatusCode;
    }
}
