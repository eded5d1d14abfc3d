using DailyDigest.Mail.Mailboxes;
using DailyDigest.Mail.Returns;
using DailyDigest.Returns;
using DailyDigest.Testing.Services;
using DailyDigest.Testing.Storage;

namespace DailyDigest.Mail.Tests.Returns;

/// <summary>One Dovecot for the tests of a class. Each test begins with an empty mailbox.</summary>
public sealed class MailboxRig : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The server of the mailbox.</summary>
    public Dovecot Dovecot { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Dovecot = await Dovecot.StartAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => Dovecot.DisposeAsync();

    internal MailboxOptions Options(string protocol) => Options(protocol, Dovecot);

    internal static MailboxOptions Options(string protocol, Dovecot server) => new()
    {
        Host = "127.0.0.1",
        Port = protocol == "pop3" ? server.Pop3Port : server.ImapPort,
        Protocol = protocol,
        User = Dovecot.User,
        Password = Dovecot.Password,
        CertificateSha256 = server.Fingerprint,
        TimeoutSeconds = 20,
    };

    internal static IReturnMailbox Mailbox(MailboxOptions options, MemoryTableStore tables) => new ReturnMailbox(
        options, new ReturnAddresses("bounces@mail.digest.example", "unsubscribe@mail.digest.example"), new LeftReturns(tables), null,
        TimeProvider.System);

    internal async Task DeliverAsync(params string[] samples)
    {
        foreach (var sample in samples)
        {
            await Dovecot.DeliverAsync(SampleReturns.Bytes(sample), Stop);
        }
    }
}
