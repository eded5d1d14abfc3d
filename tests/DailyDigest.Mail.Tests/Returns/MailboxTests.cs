using DailyDigest.Mail.Mailboxes;
using DailyDigest.Returns;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>The mailbox as Debian's Dovecot serves it, by both protocols.</summary>
public sealed class MailboxTests : IClassFixture<MailboxRig>
{
    private readonly MemoryTableStore tables = new(TimeProvider.System);
    private readonly MailboxRig rig;

    public MailboxTests(MailboxRig rig)
    {
        this.rig = rig;
        rig.Dovecot.Clear();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("imap")]
    [InlineData("pop3")]
    public async Task A_message_is_listed_read_and_removed(string protocol)
    {
        var mailbox = MailboxRig.Mailbox(rig.Options(protocol), tables);
        await rig.DeliverAsync("aol-full", "arf-abuse");
        await using (var session = await mailbox.OpenAsync(Stop))
        {
            var list = await session.ListAsync(Stop);
            Assert.Equal(2, list.Keys.Count);
            var first = (await session.ReadAsync(list.Keys[0], Stop))!;
            var second = (await session.ReadAsync(list.Keys[1], Stop))!;
            Assert.Equal(ReturnKind.Bounced, first.Mail.Kind);
            Assert.Equal(ReturnKind.Complained, second.Mail.Kind);
            await session.RemoveAsync(list.Keys, Stop);
            await session.CommitAsync(Stop);
        }

        Assert.Equal(0, rig.Dovecot.Count());
        Assert.Equal(protocol == "imap" ? 2 : 0, rig.Dovecot.Count("DailyDigest"));
    }
}
