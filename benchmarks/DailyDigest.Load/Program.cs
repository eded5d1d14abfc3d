using System.CommandLine;
using DailyDigest.LoadBenchmark;
using DailyDigest.Returns;

// The arguments of the servers' own processes; see Served.
switch (args)
{
    case ["product", var folder]:
        await Servers.ProductAsync(folder);
        return 0;
    case ["bare", var answer]:
        await Servers.BareAsync(answer);
        return 0;
}

var connections = new Option<int>("--connections") { Description = "Connections that are kept busy", DefaultValueFactory = _ => 64 };
var seconds = new Option<int>("--seconds") { Description = "Seconds of one measurement", DefaultValueFactory = _ => 5 };
var rounds = new Option<int>("--rounds") { Description = "Rounds; the medians are printed", DefaultValueFactory = _ => 5 };
var against = new Option<string?>("--against")
{
    Description = "The sign-up only, side by side with another build of this program: its executable",
};
var root = new RootCommand(
    "The front page and a whole sign-up, side by side with a bare Kestrel that returns the same bytes.")
{
    connections, seconds, rounds, against,
};
root.SetAction(result => result.GetValue(against) is { } other
    ? Report.PrintAgainstAsync(
        other, result.GetValue(connections), TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(rounds))
    : Report.PrintAsync(result.GetValue(connections), TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(rounds)));
return await root.Parse(args).InvokeAsync();
