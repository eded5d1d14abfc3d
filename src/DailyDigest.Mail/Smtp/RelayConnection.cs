using DailyDigest.Mailing;
using MailKit.Net.Smtp;

namespace DailyDigest.Mail.Smtp;

/// <summary>A connection that is greeted, protected and logged in.</summary>
internal sealed class RelayConnection(RelayClient client, RelayStream stream)
{
    /// <summary>RFC 6531 needs both.</summary>
    private const SmtpCapabilities Utf8 = SmtpCapabilities.UTF8 | SmtpCapabilities.EightBitMime;

    private readonly bool offersUtf8 = (client.Capabilities & Utf8) == Utf8;

    public RelayClient Client => client;

    public RelayStream Stream => stream;

    /// <summary>Messages begun.</summary>
    public int Begun { get; set; }

    /// <summary>When it became idle, as a timestamp of the clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>False if it is closed, or the relay has sent something unasked, which can only be its goodbye.</summary>
    public bool IsAlive => client.IsConnected && !stream.HungUp(idle: true);

    /// <summary>True if the relay takes an address outside ASCII, and MailKit sees that.</summary>
    public bool TakesUtf8 => (client.Capabilities & Utf8) == Utf8;

    /// <summary>
    /// True if the relay takes an address outside ASCII, but <see cref="HideUtf8"/> hid it: another connection is needed.
    /// </summary>
    public bool HidesUtf8 => offersUtf8 && !TakesUtf8;

    /// <summary>
    /// Hides SMTPUTF8 from MailKit for good. MailKit would ask for it for a domain outside ASCII, too, and the next hop might not know
    /// it. Only addresses with a local part outside ASCII need it.
    /// </summary>
    public void HideUtf8() => client.Capabilities &= ~SmtpCapabilities.UTF8;

    /// <summary>Ends with QUIT and closes. The token limits the wait for the relay's answer.</summary>
    public Task QuitAsync(CancellationToken timeout) => SenderThread.RunAsync(() => Quit(timeout));

    /// <summary>Closes without QUIT.</summary>
    public void Drop()
    {
        client.Dispose();
        stream.Dispose();
    }

    private void Quit(CancellationToken timeout)
    {
        try
        {
            using var _ = stream.AbortOn(timeout);
            if (client.IsConnected)
            {
                client.Disconnect(quit: true, timeout);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or MailKit.ProtocolException or IOException or ObjectDisposedException
            or System.Net.Sockets.SocketException)
        {
            // It is closed below.
        }
        finally
        {
            Drop();
        }
    }
}
