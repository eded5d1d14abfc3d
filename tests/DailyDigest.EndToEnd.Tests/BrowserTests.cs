using DailyDigest.EndToEnd.Tests.Fixtures;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Tests with a browser. A failing test writes pictures of its pages.</summary>
public abstract class BrowserTests(ReadersFixture readers) : IAsyncLifetime
{
    protected ReadersFixture Readers => readers;

    public ValueTask InitializeAsync()
    {
        ReadersFixture.Require();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current is { TestState.Result: TestResult.Failed, TestMethod.MethodName: { } name })
        {
            await readers.PicturesOfFailureAsync(name);
        }

        await readers.ClosePagesAsync();
        GC.SuppressFinalize(this);
    }
}
