using DailyDigest.EndToEnd.Tests.Rig;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>Tests with a browser: each needs the whole rig, and leaves pictures of its pages behind if it fails.</summary>
public abstract class ReaderTests(Readers readers) : IAsyncLifetime
{
    /// <summary>The rig.</summary>
    protected Readers Readers => readers;

    public ValueTask InitializeAsync()
    {
        Readers.Require();
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
