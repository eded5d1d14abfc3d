using System.Text.Json;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Sqlite;
using DailyDigest.Storage;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The log as JSON: one record a line, also with an exception, and also if strangers choose the words.</summary>
public sealed class LogFormatTests : IDisposable
{
    private readonly PublicationFixture publication = new(9);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => publication.Dispose();

    [Fact]
    public async Task Each_line_of_the_log_is_a_record_with_its_fields_also_with_an_exception()
    {
        // A full store: the steps of the clock fail, and log their exceptions.
        await publication.SeedAsync(1, Cancellation);
        await FillAsync();
        publication.Settings["Storage__MaxMegabytes"] = "1";
        publication.Settings["Server__LogFormat"] = "json";
        publication.Settings["Feeds__AllowPrivateAddresses"] = "true";
        publication.Settings["Feeds__Sources__0__Url"] = "http://127.0.0.1:9/";
        publication.Settings["Feeds__Sources__0__Name"] = "Odd \"quoted\" {braces} \r\n next \u2028 line \ud83d\ude00 \\ \u001b[31m";
        await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");
        await server.LineAsync("\"EventId\":461", Cancellation);
        await server.LineAsync("\"EventId\":211", Cancellation);
        Assert.Equal(0, await server.StopAsync(Cancellation));

        var records = server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(records, record => Assert.EndsWith("Z", record.GetProperty("Timestamp").GetString(), StringComparison.Ordinal));
        var serving = records.Single(record => record.GetProperty("EventId").GetInt32() == 461);
        Assert.Equal("DailyDigest.Server.Commands.ServeCommand", serving.GetProperty("Category").GetString());
        Assert.Equal(PublicationFixture.BaseUrl, serving.GetProperty("State").GetProperty("BaseUrl").GetString());
        Assert.Single(records, record => record.GetProperty("EventId").GetInt32() == 462);
        var failed = records.First(record => record.GetProperty("EventId").GetInt32() == 211);
        Assert.Contains("   at ", failed.GetProperty("Exception").GetString(), StringComparison.Ordinal);
        Assert.Equal("Error", failed.GetProperty("LogLevel").GetString());
        Assert.DoesNotContain("/desk/welcome/", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("@example.org", server.Output, StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        using var database = await publication.OpenAsync(Cancellation);
        var tables = new SqliteTableStore(database, TimeProvider.System);
        for (var number = 0; number < 20; number++)
        {
            var row = new TableRow($"filler-{number}") { { "bytes", new byte[60_000] } };
            await tables.WriteAsync(Tables.Facts, "filler", TableWrite.Insert(row), Cancellation);
        }
    }

    [Fact]
    public async Task Another_form_of_the_log_stops_the_start_and_names_its_setting()
    {
        publication.Settings["Server__LogFormat"] = "xml";
        await using var server = ServerProcess.Start(publication.Folder, publication.Settings, "serve");

        Assert.Equal(2, await server.EndAsync(Cancellation));
        Assert.Equal("Server__LogFormat: text or json.", server.Output.Trim());
    }
}
