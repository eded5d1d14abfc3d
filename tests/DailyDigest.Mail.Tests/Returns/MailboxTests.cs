using System.Globalization;
using System.Text;
using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Smtp;
using DailyDigest.Returns;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>The promises of the port, with Debian's Dovecot over TLS, by both protocols.</summary>
public sealed class MailboxTests : IClassFixture<MailboxRig>
{
    private readonly MemoryTableStore tables = new(TimeProvider.System);
    private readonly MailboxRig rig;

    public MailboxTests(MailboxRig rig)
    {
        this.rig = rig;
        rig.Dovecot.Clear();
    }

    public static TheoryData<string> Protocols => ["imap", "pop3"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Messages_are_listed_oldest_first_read_and_removed(string protocol)
    {
        await rig.DeliverAsync("aol-full", "arf-abuse");
        var keys = await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            Assert.Equal(2, list.Keys.Count);
            Assert.Equal(ReturnKind.Bounced, (await session.ReadAsync(list.Keys[0], Stop))?.Mail.Kind);
            Assert.Equal(ReturnKind.Complained, (await session.ReadAsync(list.Keys[1], Stop))?.Mail.Kind);
            await session.RemoveAsync([list.Keys[0]], Stop);
            return list.Keys;
        });
        Assert.Equal(1, rig.Dovecot.Count());
        Assert.Equal(protocol == "imap" ? 1 : 0, rig.Dovecot.Count("DailyDigest"));

        // The other has the same key in the next session.
        await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            Assert.Equal([keys[1]], list.Keys);
            Assert.Null(await session.ReadAsync(keys[0], Stop));
            await session.RemoveAsync(keys, Stop);
            return 0;
        });
        Assert.Equal(0, rig.Dovecot.Count());
    }

    [Fact]
    public async Task Both_protocols_give_a_message_the_same_id()
    {
        await rig.DeliverAsync("ar-full");
        var ids = new List<(string Id, long Size, ReturnKind Kind, DateTimeOffset? Arrived)>();
        foreach (var protocol in Protocols)
        {
            ids.Add(await OnAsync(rig.Options(protocol), async (session, list) =>
            {
                var read = (await session.ReadAsync(list.Keys[0], Stop))!;
                return (read.Id, read.Size, read.Mail.Kind, read.Mail.Arrived);
            }));
        }

        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(32, ids[0].Id.Length);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_message_that_is_left_for_a_person_is_listed_no_more(string protocol)
    {
        await rig.DeliverAsync("aol-full", "arf-abuse", "ar-full");
        await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            await session.SetAsideAsync([list.Keys[1]], Stop);
            return 0;
        });

        await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            Assert.Equal((2, 1), (list.Keys.Count, list.SetAside));
            await session.RemoveAsync(list.Keys, Stop);
            return 0;
        });
        Assert.Equal(1, rig.Dovecot.Count());

        // A person deletes it: the store forgets it.
        rig.Dovecot.Clear();
        await OnAsync(rig.Options(protocol), (_, list) =>
        {
            Assert.Equal((0, 0), (list.Keys.Count, list.SetAside));
            return Task.FromResult(0);
        });
        Assert.Empty(tables.Everything);
    }

    [Fact]
    public async Task A_person_who_takes_the_flag_away_has_the_message_read_again()
    {
        await rig.DeliverAsync("aol-full");
        await OnAsync(rig.Options("imap"), async (session, list) =>
        {
            await session.SetAsideAsync(list.Keys, Stop);
            return 0;
        });

        // The flags are letters at the end of a file's name.
        var file = Directory.GetFiles(Path.Combine(rig.Dovecot.Maildir, "cur")).Single();
        Assert.EndsWith("F", file, StringComparison.Ordinal);
        File.Move(file, file.TrimEnd('F'));
        await OnAsync(rig.Options("imap"), (_, list) => Task.FromResult(Assert.Single(list.Keys)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Two_sessions_at_once_do_not_trouble_each_other(string protocol)
    {
        await rig.DeliverAsync("aol-full", "arf-abuse", "ar-full");
        var mailbox = MailboxRig.Mailbox(rig.Options(protocol), tables);
        await using (var first = await mailbox.OpenAsync(Stop))
        await using (var second = await mailbox.OpenAsync(Stop))
        {
            var (one, other) = (await first.ListAsync(Stop), await second.ListAsync(Stop));
            Assert.Equal(one.Keys, other.Keys);
            await first.RemoveAsync([one.Keys[0]], Stop);
            await first.CommitAsync(Stop);

            // It may still read it, or find it gone; it may remove it once more.
            await second.ReadAsync(other.Keys[0], Stop);
            Assert.NotNull(await second.ReadAsync(other.Keys[1], Stop));
            await second.RemoveAsync([other.Keys[0], other.Keys[1]], Stop);
            await second.CommitAsync(Stop);
        }

        Assert.Equal(1, rig.Dovecot.Count());
    }

    [Theory]
    [InlineData("imap", "delete", 0)]
    [InlineData("imap", "Handled.Bounces", 1)]
    [InlineData("pop3", "delete", 0)]
    public async Task Settled_messages_are_deleted_or_moved_to_the_folder_that_is_set(string protocol, string done, int moved)
    {
        await rig.DeliverAsync("aol-full");
        var options = rig.Options(protocol);
        options.Done = done;
        await OnAsync(options, async (session, list) =>
        {
            await session.RemoveAsync(list.Keys, Stop);
            return 0;
        });
        Assert.Equal((0, moved), (rig.Dovecot.Count(), rig.Dovecot.Count("Handled.Bounces")));
        Assert.Equal(0, rig.Dovecot.Count("DailyDigest"));
    }

    [Fact]
    public async Task The_own_folder_loses_messages_older_than_thirty_days()
    {
        foreach (var days in new[] { 0, 29, 31, 400 })
        {
            await rig.DeliverAsync("aol-full");
            var file = Directory.GetFiles(Path.Combine(rig.Dovecot.Maildir, "new")).Order().Last();
            File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));
        }

        await OnAsync(rig.Options("imap"), async (session, list) =>
        {
            await session.RemoveAsync(list.Keys, Stop);
            return 0;
        });
        Assert.Equal((0, 2), (rig.Dovecot.Count(), rig.Dovecot.Count("DailyDigest")));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_message_of_fifty_megabytes_is_not_loaded(string protocol)
    {
        var head = Encoding.ASCII.GetBytes(
            "From: MAILER-DAEMON@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\nX-Failed-Recipients: a@example.org\r\n"
                + "\r\n");
        var big = new byte[50 * 1024 * 1024];
        Array.Fill(big, (byte)'x');
        for (var i = 78; i < big.Length; i += 80)
        {
            (big[i], big[i + 1]) = ((byte)'\r', (byte)'\n');
        }

        head.CopyTo(big, 0);
        await rig.Dovecot.DeliverAsync(big, Stop);
        await rig.DeliverAsync("aol-full");
        await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            var read = (await session.ReadAsync(list.Keys[0], Stop))!;
            Assert.Equal(ReturnKind.Bounced, read.Mail.Kind);
            Assert.InRange(read.Size, 100, 2 * 1024 * 1024);
            Assert.NotNull(await session.ReadAsync(list.Keys[1], Stop));
            return 0;
        });
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Hostile_messages_are_read_and_harm_no_other(string protocol)
    {
        var nested = new StringBuilder();
        for (var i = 0; i < 1_000; i++)
        {
            nested.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        }

        byte[][] hostile =
        [
            Encoding.ASCII.GetBytes("Subject: nested\r\n" + nested),
            Encoding.ASCII.GetBytes("Subject: charset\r\nContent-Type: text/plain; charset=no-such-charset\r\n\r\nabc\r\n"),
            [.. "Subject: "u8, 0xff, 0xfe, 0x00, 0x01, .. "\r\n\r\n"u8, .. Enumerable.Repeat((byte)0x80, 10_000)],
            "\r\n"u8.ToArray(),
            "Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\n"u8.ToArray(),
        ];
        foreach (var one in hostile)
        {
            await rig.Dovecot.DeliverAsync(one, Stop);
        }

        await rig.DeliverAsync("aol-full");
        await OnAsync(rig.Options(protocol), async (session, list) =>
        {
            Assert.Equal(hostile.Length + 1, list.Keys.Count);
            foreach (var key in list.Keys.SkipLast(1))
            {
                Assert.Equal(ReturnKind.Other, (await session.ReadAsync(key, Stop))?.Mail.Kind);
            }

            Assert.Equal(ReturnKind.Bounced, (await session.ReadAsync(list.Keys[^1], Stop))?.Mail.Kind);
            return 0;
        });
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_wrong_setting_is_named_without_secrets_in_log_and_doctor(string protocol)
    {
        var (password, pin, folder) = (rig.Options(protocol), rig.Options(protocol), rig.Options(protocol));
        var other = rig.Options(protocol);
        other.CertificateSha256 = new string('0', 64);
        password.Password = "wrong secret";
        pin.CertificateSha256 = "";
        folder.Folder = "Nowhere";
        Assert.StartsWith("login refused: ", await FaultAsync(password), StringComparison.Ordinal);
        Assert.Equal("TLS failed: the certificate is for mailbox.test, and not for 127.0.0.1", await FaultAsync(pin));
        Assert.Equal("TLS failed: the certificate is not the one whose SHA-256 is set", await FaultAsync(other));
        Assert.Equal("login FAILED", await FailedStepAsync(password));
        Assert.Equal("TLS FAILED", await FailedStepAsync(pin));
        if (protocol == "imap")
        {
            Assert.Equal("there is no folder Nowhere", await FaultAsync(folder));
            Assert.Equal("folder FAILED", await FailedStepAsync(folder));
        }

        await rig.DeliverAsync("aol-full");
        var steps = await Check(rig.Options(protocol)).CheckAsync(Stop);
        Assert.All(steps, step => Assert.Equal(CheckResult.Ok, step.Result));
        Assert.Equal(
            protocol == "imap" ? ["connect", "TLS", "login", "folder"] : ["connect", "TLS", "login"], steps.Select(one => one.Step));
        Assert.Equal(1, rig.Dovecot.Count());
    }

    private static MailboxCheck Check(MailboxOptions options) => new(options, null, TimeProvider.System);

    private static async Task<string> FailedStepAsync(MailboxOptions options)
    {
        var steps = await Check(options).CheckAsync(Stop);
        var failed = Assert.Single(steps, step => step.Result == CheckResult.Failed);
        Assert.DoesNotContain("wrong secret", failed.Text, StringComparison.Ordinal);
        return $"{failed.Step} FAILED";
    }

    private async Task<string> FaultAsync(MailboxOptions options)
    {
        var fault = await Assert.ThrowsAsync<MailboxException>(() => MailboxRig.Mailbox(options, tables).OpenAsync(Stop));
        Assert.DoesNotContain("wrong secret", fault.Message, StringComparison.Ordinal);
        return fault.Message;
    }

    private async Task<T> OnAsync<T>(MailboxOptions options, Func<IReturnSession, ReturnList, Task<T>> work)
    {
        await using var session = await MailboxRig.Mailbox(options, tables).OpenAsync(Stop);
        var result = await work(session, await session.ListAsync(Stop));
        await session.CommitAsync(Stop);
        return result;
    }
}
