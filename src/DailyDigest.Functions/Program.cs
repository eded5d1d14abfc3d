using DailyDigest.App;
using DailyDigest.Functions;
using DailyDigest.Moving;
using DailyDigest.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDailyDigestFunctions(builder.Configuration);
using var app = builder.Build();
try
{
    // Before the first trigger: the host does not create the queue of a queue trigger, and no function may run with wrong settings.
    await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);

    // A move of the store waits for this process. If the store is moved nevertheless, the process ends, and the next one says why.
    var presence = app.Services.GetRequiredService<StorePresence>();
    presence.OnRefused = app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication;
    await presence.AnnounceAsync(CancellationToken.None);
}
catch (OptionsValidationException faults)
{
    // The host shows this stream line by line.
    foreach (var fault in faults.Failures)
    {
        await Console.Error.WriteLineAsync(fault);
    }

    return 1;
}
catch (StorageException fault)
{
    await Console.Error.WriteLineAsync(fault.Message);
    return 1;
}

// The services are gone when RunAsync has thrown.
var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
try
{
    await app.RunAsync();
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    // The host ended the worker while it was still starting.
}

return 0;
