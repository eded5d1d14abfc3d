using DailyDigest.App;
using DailyDigest.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDailyDigestFunctions(builder.Configuration);

var app = builder.Build();

// Before the first trigger: the host does not create the queue of a queue trigger, and no function may run with wrong settings.
await app.Services.GetRequiredService<PrepareStart>().ExecuteAsync(CancellationToken.None);
await app.RunAsync();
