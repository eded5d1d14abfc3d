namespace DailyDigest.Functions.Tests;

/// <summary>A client hangs up in the middle of a request: nobody is there to answer, and nothing is wrong.</summary>
[Collection(nameof(SharedApp))]
public sealed class HangUpTests(FunctionApp app)
{
    [Theory]
    [InlineData("/signup", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000", "email=half")]
    [InlineData("/signup.json", "Content-Type: application/json\r\nTransfer-Encoding: chunked", "10\r\n{\"em")]
    public async Task A_client_that_hangs_up_leaves_no_stack_trace(string path, string headers, string body)
    {
        FunctionApp.Require();

        for (var time = 0; time < 5; time++)
        {
            await app.Worker.HangUpAsync(path, headers, body, FunctionApp.Cancellation);
        }

        // One more request, so that what the worker logs about those before has arrived.
        await new Visitor(app.Worker, "after@example.org").AskAsync(HttpMethod.Get, "/digests");
        var traces = app.Worker.Logs.Where(log => log.Exception is not null)
            .Select(log => $"{log.Category}: {log.Message} {log.Exception}");
        Assert.True(!traces.Any(), string.Join('\n', traces));
        Assert.DoesNotContain("   at ", app.Worker.Logged, StringComparison.Ordinal);
    }
}
