using DailyDigest.Mail.Mailboxes;
using DailyDigest.Returns;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>Many messages wait: those that are settled are removed over a second connection.</summary>
public sealed class BacklogTests : IAsyncLifetime
{
    private const int Many = 240;
    private readonly MemoryTableStore tables = new(TimeProvider.System);
    private Dovecot dovecot = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private int Logins => dovecot.Log.Split(": Login: ").Length - 1;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => dovecot.DisposeAsync();

    [Theory]
    [InlineData(Many, 10, 2)]
    [InlineData(Many, 1, 1)]
    [InlineData(20, 10, 1)]
    public async Task All_are_removed_whatever_the_server_allows(int messages, int maxConnections, int logins)
    {
        await StartAsync(messages, maxConnections);
        await using (var session = await MailboxRig.Mailbox(Options, tables).OpenAsync(Stop))
        {
            var list = await session.ListAsync(Stop);
            foreach (var batch in list.Keys.Chunk(10))
            {
                // A key names the same message, however many are removed meanwhile.
                Assert.All(await ReadAsync(session, batch), received => Assert.Equal(ReturnKind.Bounced, received?.Mail.Kind));
                await session.RemoveAsync(batch, Stop);
            }

            await session.CommitAsync(Stop);
        }

        Assert.Equal((0, messages, logins), (dovecot.Count(), dovecot.Count("DailyDigest"), Logins));
    }

    [Fact]
    public async Task A_removal_that_fails_is_told_later_and_its_messages_are_listed_again()
    {
        await StartAsync(Many, 10);
        var options = Options;
        options.Done = "Closed";
        await File.WriteAllTextAsync(Path.Combine(dovecot.Maildir, ".Closed"), "no folder", Stop);
        await using (var session = await MailboxRig.Mailbox(options, tables).OpenAsync(Stop))
        {
            var list = await session.ListAsync(Stop);
            await session.RemoveAsync([.. list.Keys.Take(10)], Stop);
            Assert.NotNull(await session.ReadAsync(list.Keys[20], Stop));
            await Assert.ThrowsAsync<MailboxException>(() => session.CommitAsync(Stop));
        }

        await using var next = await MailboxRig.Mailbox(Options, tables).OpenAsync(Stop);
        Assert.Equal(Many, (await next.ListAsync(Stop)).Keys.Count);
    }

    [Fact]
    public async Task A_session_that_is_dropped_while_messages_are_removed_ends()
    {
        await StartAsync(Many, 10);
        var session = await MailboxRig.Mailbox(Options, tables).OpenAsync(Stop);
        var list = await session.ListAsync(Stop);
        await session.RemoveAsync(list.Keys, Stop);
        await session.DisposeAsync();

        await using var next = await MailboxRig.Mailbox(Options, tables).OpenAsync(Stop);
        Assert.Equal(Many, (await next.ListAsync(Stop)).Keys.Count + dovecot.Count("DailyDigest"));
    }

    private MailboxOptions Options => MailboxRig.Options("imap", dovecot);

    private static async Task<IReadOnlyList<ReceivedReturn?>> ReadAsync(IReturnSession session, string[] keys)
    {
        var read = new List<ReceivedReturn?>();
        foreach (var key in keys)
        {
            read.Add(await session.ReadAsync(key, Stop));
        }

        return read;
    }

    private async Task StartAsync(int messages, int maxConnections)
    {
        dovecot = await Dovecot.StartAsync(Stop, maxConnections);
        for (var i = 0; i < messages; i++)
        {
            await dovecot.DeliverAsync(SampleReturns.Bytes("aol-full"), Stop);
        }
    }
}
