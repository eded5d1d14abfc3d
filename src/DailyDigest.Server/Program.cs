using DailyDigest.Server.Commands;

return await CommandLine.InvokeAsync(args, Console.Out, Console.Error);
