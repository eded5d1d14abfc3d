using DailyDigest.Mail.Pickup;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Tests;

/// <summary>Runs alone, because it measures the memory of the whole process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dd-memory-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_message_that_was_sent_is_not_kept_in_memory()
    {
        var variant = (await SampleMails.Renderer().RenderAsync(SampleMails.Digest(), "en", [], Stop))!;
        await using var session = new PickupTransport(SampleMails.Options(folder), SampleMails.Publication()).OpenSession();
        await SendAsync(50);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await SendAsync(1_000);

        // A message that is kept would take some ten kilobytes.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1_000 * 1024);

        async Task SendAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Mail(variant), Stop)).Outcome);
            }
        }
    }
}
