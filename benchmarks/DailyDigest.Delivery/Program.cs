using System.CommandLine;
using System.Globalization;
using DailyDigest.DeliveryBenchmark;

// The arguments of a sender's own process; see Senders.
switch (args)
{
    case ["product", var port, var connections, var messages, var warmUp, .. var more]:
        var given = more.Select(one => one.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]));
        await using (var product = new Product(new Dictionary<string, string?>(given)
        {
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = port,
            ["Mail:Security"] = "none",
            ["Delivery:Connections"] = connections,
        }))
        {
            await product.PrepareAsync(Number(warmUp), Number(messages));
            await product.WarmUpAsync();
            await product.MarkAsync(RequestLog.Begin);
            var measured = await product.MeasureAsync();
            await product.MarkAsync(RequestLog.End);
            measured.Print();
        }

        return 0;
    case ["mailbox", .. var settings]:
        await MailboxReads.ReadAsync(new Dictionary<string, string?>(
            settings.Select(one => one.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1]))));
        return 0;
    case ["sink"]:
        QuickSink.Run();
        return 0;
    case ["moody-sink"]:
        MoodySink.Run();
        return 0;
    case ["first-timer", var mail, var port, var connections, var messages, var warmUp]:
        (await FirstTimer.SendAsync(mail, Number(port), Number(connections), Number(messages), Number(warmUp))).Print();
        return 0;
}

var count = new Option<int>("--messages")
{
    Description = "Messages of the quickest sender; the slow ones send fewer",
    DefaultValueFactory = _ => 20_000,
};
var rounds = new Option<int>("--rounds") { Description = "Rounds; the median is printed", DefaultValueFactory = _ => 3 };
var at = new Option<int[]>("--connections")
{
    Description = "Connections to compare at",
    DefaultValueFactory = _ => [1, 4, 16],
    AllowMultipleArgumentsPerToken = true,
};
var scale = new Option<int[]>("--scale")
{
    Description = "Only the product, with so many subscribers, 4 connections a part unless given, 16 parts from 20,000 on",
    AllowMultipleArgumentsPerToken = true,
};
var azurite = new Option<int[]>("--azurite")
{
    Description = "Only the product on Azurite, with so many subscribers: counts the requests in Azurite's log",
    AllowMultipleArgumentsPerToken = true,
};
var realistic = new Option<int[]>("--realistic")
{
    Description = "Only the product, with so many readers, into a relay that is slow, defers, refuses and closes connections",
    AllowMultipleArgumentsPerToken = true,
};
var signers = new Option<bool>("--signers") { Description = "Only DKIM signers, in as many rounds" };
var figures = new Option<int>("--figures") { Description = "Only the figures, in a store of so many subscribers and 400 days of runs" };
var mailbox = new Option<int>("--mailbox")
{
    Description = "Only the reader of the mailbox: so many bounces of 200 KB in a Dovecot. Needs root, and 2 GB of disk for 10,000",
};
var pop3 = new Option<bool>("--pop3") { Description = "With --mailbox: by POP3 in place of IMAP" };
var root = new RootCommand("Compares whole deliveries into Postfix's smtp-sink, side by side.")
{
    count, rounds, at, scale, azurite, realistic, signers, figures, mailbox, pop3,
};
root.SetAction(result => result.GetValue(mailbox) is > 0 and var bounces ? MailboxReads.MeasureAsync(bounces, result.GetValue(pop3))
    : result.GetValue(figures) is > 0 and var subscribers ? FigureReads.MeasureAsync(subscribers)
    : result.GetValue(signers) ? Signing.CompareAsync(result.GetValue(rounds))
    : result.GetValue(scale) is { Length: > 0 } sizes
        ? Reports.ScaleAsync(sizes, result.GetResult(at) is { Implicit: false } ? result.GetValue(at)! : [4])
    : result.GetValue(realistic) is { Length: > 0 } moody
        ? Reports.RealisticAsync(moody, result.GetResult(at) is { Implicit: false } ? result.GetValue(at)! : [4])
    : result.GetValue(azurite) is { Length: > 0 } logged
        ? Reports.CountRequestsAsync(logged, result.GetResult(at) is { Implicit: false } ? result.GetValue(at)! : [4, 16])
    : Reports.CompareAsync(result.GetValue(count), result.GetValue(rounds), result.GetValue(at)!));
return await root.Parse(args).InvokeAsync();

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
